"""The commands of ``python -m theory``, one module each: its arguments, its answer as JSON, and the same answer as tables.

A command's module has ``add(commands)``, which puts it on the command line; ``theory.cli`` collects them. The answer for
endowments by role is in a module beside it, ``..._by_role``; the other commands say why they need one endowment for everyone.
"""
