"""The error that the launcher reports when it cannot continue: one sentence, never a traceback."""


class ServeProblem(Exception):
    """Its text says what is wrong, with the value, and what to do about it."""
