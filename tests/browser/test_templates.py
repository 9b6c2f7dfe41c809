"""What the templates take over from oTree is oTree's, as installed."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

TEMPLATES = Path(__file__).parents[2] / "_templates"


def test_base_template_is_that_of_otree_but_for_the_language() -> None:
    spec = find_spec("otree")  # finds the folder without starting oTree
    assert spec is not None
    assert spec.submodule_search_locations is not None
    theirs = (Path(spec.submodule_search_locations[0]) / "templates" / "otree" / "Base_UserFacing.html").read_text()
    ours = (TEMPLATES / "otree" / "Base_UserFacing.html").read_text()
    assert '<html lang="{% language_code %}">' in ours
    assert _after_the_note(ours).replace(' lang="{% language_code %}"', "") == _after_the_note(theirs)


def _after_the_note(template: str) -> str:
    return template[template.index("<!DOCTYPE html>") :]
