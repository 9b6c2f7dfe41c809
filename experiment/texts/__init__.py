"""The texts of a study: consent, welcome, debriefing and questionnaire, which an experimenter writes
in files of their own, ``texts/STUDY/LANGUAGE/``.

``studies`` reads and checks them, ``markdown`` makes pages of them, ``blanks`` finds what was not
filled in, ``items`` and ``answers`` are the questionnaire's, ``stored`` is what a session keeps.
"""
