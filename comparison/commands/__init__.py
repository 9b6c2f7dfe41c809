"""The commands of ``python -m comparison``, one module each.

Each module has ``add(commands)``, which adds its parser to the command line and sets ``run``, the
function that does the work and returns the exit status.
"""
