"""Looking for an environment before the first session: what an experiment needs of one, and what it costs elsewhere.

``variation`` draws candidates around an environment, ``criteria`` says how good one is, ``search`` keeps and ranks those that meet
what is wanted, ``drawing`` and ``writing`` show the trade-offs.
"""
