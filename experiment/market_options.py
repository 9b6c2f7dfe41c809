"""The options of a session that are about its market: which economy is played, in how many rounds,
with which deadlines and rules.

Each group of fields is a frozen dataclass whose attributes declare them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from experiment.config_fields import FLAG, FieldKind, InvalidSettings, count, one_of, read_decimal, setting, shown
from experiment.draws import LARGEST_SEED

FIXED, RANDOM = "fixed", "random"
HISTOGRAM, NONE = "histogram", "none"
PAPER_THREAT, NO_THREAT = "paper", "none"
COMPUTERS, TYPED_ROBOTS, PARTICIPANTS = "computers", "typed_robots", "participants"


def _read_treatment(name: str, value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,49}", value):
        raise InvalidSettings(
            f"{name} is {shown(value)}; it is a label of at most 50 letters, digits, spaces, dots, hyphens and underscores that "
            "starts with a letter or digit."
        )
    return value


def _read_seed(name: str, value: Any) -> int | None:
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else "?"
    if text in {"", "0"}:
        return None
    if not re.fullmatch(r"[0-9]{1,16}", text, re.ASCII) or int(text) > LARGEST_SEED:
        raise InvalidSettings(f"{name} is {shown(value)}; it must be a whole number from 1 to {LARGEST_SEED}, or empty for a fresh one.")
    return int(text)


ENVIRONMENT_FILE = FieldKind("a file of [`environments/`](environments/README.md)", lambda name, value: value)
TREATMENT = FieldKind("a label", _read_treatment)
SEED = FieldKind(f"1 to {LARGEST_SEED}, or empty", _read_seed)
STEP = FieldKind("a step that divides both endowments", read_decimal)


@dataclass(frozen=True)
class EconomyChoice:
    """Which economy is played, by how many agents, and in which steps; ``environment`` and ``grid``
    of the settings are built from this.
    """

    environment: Any = setting(ENVIRONMENT_FILE, "", "the economy")
    market_size: int = setting(count(), 0, "agents per market; 0: as the environment file says")
    offer_grid: Decimal = setting(STEP, 0.1, "offers go in these steps")


@dataclass(frozen=True)
class Schedule:
    """How many rounds there are, and who meets whom in them."""

    rounds: int = setting(count(1), 10, "rounds that are paid; with practice rounds at most the largest count in `settings.py`")
    practice_rounds: int = setting(count(), 2, "unpaid rounds that come first")
    practice_with: str = setting(
        one_of(COMPUTERS, TYPED_ROBOTS, PARTICIPANTS),
        COMPUTERS,
        "practice alone among disclosed computer traders that offer at random, alone among disclosed ones that offer by their type with "
        "noise, or in markets of subjects; [what each teaches](docs/designing.md#practice)",
    )
    matching: str = setting(one_of(FIXED, RANDOM), FIXED, "whether markets are formed anew every round")


@dataclass(frozen=True)
class Deadlines:
    """How many seconds subjects have at each stage of a round; 0: as long as they take."""

    stage1: int = setting(
        count(),
        0,
        "deadline of the first offer; 0: none. With `matching` random, it requires the other two",
        name="stage1_deadline_seconds",
        was="stage1_seconds",
    )
    stage2: int = setting(count(), 0, "deadline of the second offer; 0: none", name="stage2_deadline_seconds", was="stage2_seconds")
    result: int = setting(count(), 0, "deadline of the result; 0: none", name="result_deadline_seconds", was="result_seconds")


@dataclass(frozen=True)
class GameRules:
    """Parts of the game that a session may switch off: the announcement, the inactive draw, stage 2
    after equal offers, the market's outcome for the inactive.
    """

    announcement: str = setting(one_of(HISTOGRAM, NONE), HISTOGRAM, "what the active learn after stage 1")
    inactive_threat: str = setting(one_of(PAPER_THREAT, NO_THREAT), PAPER_THREAT, "`none`: everybody stays active")
    shutdown_if_equal: bool = setting(FLAG, False, "no stage 2 if all first offers are equal (section 3.3 of the paper)")
    inactive_see_market: bool = setting(FLAG, True, "whether the inactive see the market when the round is over")
