"""oTree's own command for bots, in a process that has set oTree up as this command does; run by ``played.py``."""

from __future__ import annotations

import logging
import os

del os.environ["OTREE_PRODUCTION"]

from scenes import before_forks  # noqa: F401  (it starts oTree)

# isort: split
from otree.cli.base import call_command
from otree.common import get_bots_module
from otree.settings import OTREE_APPS


def test(config: str, cases: list[int], folder: str) -> list[str]:
    """Play a config with these of each app's cases, as oTree numbers them, and export to the folder; what the command logs."""
    for app in OTREE_APPS:
        bots = get_bots_module(app).PlayerBot
        bots.cases = [bots.cases[case % len(bots.cases)] for case in cases if bots.cases]
    logged: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: logged.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("otree").addHandler(handler)
    call_command("bots", config, f"--export={folder}")
    return logged
