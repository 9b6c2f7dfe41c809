"""The search for an environment before the first session: what an experiment needs, and what each
requirement costs.

``variation`` draws candidates around an environment, ``criteria`` measures how good one is,
``search`` keeps and ranks those that meet every wish, and ``drawing`` and ``writing`` show the
trade-offs.
"""
