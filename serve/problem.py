"""What the launcher says when it cannot go on: one sentence, never a traceback."""


class ServeProblem(Exception):
    """What is wrong, with its value, and what to do about it."""
