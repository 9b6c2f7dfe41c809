"""The commands of ``python -m theory``, one module each: its arguments, its answer as JSON, and the same answer as tables.

A command's module has ``add(commands)``, which puts it on the command line; ``theory.cli`` collects them. What a command answers
where endowments go by role stands beside it, ``..._by_role``; the others say why they take one endowment for everyone.
"""
