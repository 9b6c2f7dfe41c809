"""The options of a session that are about its subjects and not about its market: what helps them, what tests them, what pays them,
how they come together and how they leave. Each group of fields is a frozen dataclass that reads itself from the config."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from experiment.config_fields import Fields, InvalidSettings, shown

GO_ON, LEAVE = "go_on", "leave"
MONEY, LOTTERY = "money", "lottery"
NO_OFFER, REPEAT = "none", "repeat"
QUESTIONS = ("age", "gender", "field_of_study", "risk", "comments")
"""What a questionnaire may ask, in the order in which it asks."""

OPTION_DEFAULTS: Mapping[str, Any] = {
    "instructions": True,
    "quiz_attempts": 3,
    "quiz_failed": GO_ON,
    "show_payoff_table": True,
    "show_payoff_picture": True,
    "show_slider": True,
    "show_calculator": True,
    "show_frequencies": True,
    "show_history": True,
    "show_posterior": False,
    "log_events": True,
    "points_pay": MONEY,
    "lottery_prize": 10.0,
    "payment_floor": 0.0,
    "payment_cap": 0.0,
    "beliefs": False,
    "belief_prize": 2.0,
    "questionnaire": ", ".join(QUESTIONS),
    "lobby_seconds": 0,
    "min_market_size": 0,
    "lobby_leave_seconds": 120,
    "misses_allowed": 2,
    "absent_at_stage2": NO_OFFER,
    "start_seconds": 600,
    "completion_url": "",
    "code_complete": "",
    "code_no_match": "",
    "code_screened_out": "",
    "code_timed_out": "",
}


@dataclass(frozen=True)
class Preparation:
    """What comes before the market: instructions, and a quiz with so many attempts at each question (0: no quiz).

    ``quiz_failed`` is what follows when they are used up: ``go_on``, or ``leave`` with the show-up fee.
    """

    instructions: bool
    quiz_attempts: int
    quiz_failed: str

    @classmethod
    def read(cls, fields: Fields) -> Preparation:
        return cls(fields.flag("instructions"), fields.count("quiz_attempts", 0, 100), fields.one_of("quiz_failed", GO_ON, LEAVE))


@dataclass(frozen=True)
class Aids:
    """What the decision pages show to help; ``posterior`` is the computed posterior, off by default. ``log`` says that use is logged."""

    payoff_table: bool
    payoff_picture: bool
    slider: bool
    calculator: bool
    frequencies: bool
    history: bool
    posterior: bool
    log: bool

    @classmethod
    def read(cls, fields: Fields) -> Aids:
        names = ("payoff_table", "payoff_picture", "slider", "calculator", "frequencies", "history", "posterior")
        return cls(**{name: fields.flag(f"show_{name}") for name in names}, log=fields.flag("log_events"))


@dataclass(frozen=True)
class PayRules:
    """How points become money: at the exchange rate, or as the chance to win ``lottery_prize``; within floor and cap (None: no cap).

    ``belief_prize`` is what a stated belief can win, None where beliefs are not asked for.
    """

    points_pay: str
    lottery_prize: Decimal
    floor: Decimal
    cap: Decimal | None
    belief_prize: Decimal | None

    @classmethod
    def read(cls, fields: Fields) -> PayRules:
        floor, cap = fields.money("payment_floor"), fields.money("payment_cap")
        if cap and cap < floor:
            raise InvalidSettings(f"payment_cap is {cap}, less than payment_floor, {floor}; 0 means no cap.")
        return cls(
            points_pay=fields.one_of("points_pay", MONEY, LOTTERY),
            lottery_prize=fields.money("lottery_prize"),
            floor=floor,
            cap=cap or None,
            belief_prize=fields.money("belief_prize") if fields.flag("beliefs") else None,
        )


@dataclass(frozen=True)
class Lobby:
    """How markets form by arrival: at the target size, or after ``seconds`` at ``min_market_size`` or more. ``seconds`` 0: no lobby.

    After ``leave_seconds`` of waiting a subject may leave with the show-up fee.
    """

    seconds: int
    min_market_size: int
    leave_seconds: int

    @classmethod
    def read(cls, fields: Fields, market_size: int) -> Lobby:
        least = fields.count("min_market_size", 0)
        if least == 1 or least > market_size:
            raise InvalidSettings(
                f"min_market_size is {least}; it must be a whole number from 2 to {market_size}, the size of a market (0 means that size)."
            )
        return cls(fields.count("lobby_seconds", 0), least or market_size, fields.count("lobby_leave_seconds", 0))


@dataclass(frozen=True)
class Absence:
    """What follows from missed deadlines: after ``misses_allowed`` in a row (0: never) no market waits for the subject any more.

    At stage 2 the absent do not trade or, where ``repeats``, repeat their own typed stage-1 offer of that round. ``start_seconds`` is how
    long who is ready waits, before the first round of a market, for those who still read or practise (0: as long as it takes).
    """

    misses_allowed: int
    repeats: bool
    start_seconds: int

    @classmethod
    def read(cls, fields: Fields) -> Absence:
        repeats = fields.one_of("absent_at_stage2", NO_OFFER, REPEAT) == REPEAT
        return cls(fields.count("misses_allowed", 0), repeats, fields.count("start_seconds", 0))


@dataclass(frozen=True)
class Recruiter:
    """The way back to who recruited the subjects: an address, and a code for each way a session can end. Empty: none."""

    completion_url: str
    complete: str
    no_match: str
    screened_out: str
    timed_out: str

    @classmethod
    def read(cls, fields: Fields) -> Recruiter:
        codes = ("complete", "no_match", "screened_out", "timed_out")
        return cls(_address(fields, "completion_url"), **{name: _code(fields, f"code_{name}") for name in codes})


def read_questionnaire(fields: Fields) -> tuple[str, ...]:
    """The questions of the questionnaire, in the order in which they are asked; none where the field is empty."""
    value = fields.values["questionnaire"]
    asked = [word.strip() for word in value.split(",") if word.strip()] if isinstance(value, str) else [value]
    for word in asked:
        if word not in QUESTIONS:
            raise InvalidSettings(f"questionnaire has {shown(word)}; it may have {', '.join(QUESTIONS)}, separated by commas, or be empty.")
    return tuple(word for word in QUESTIONS if word in asked)


def _address(fields: Fields, name: str) -> str:
    value = fields.values[name]
    if not isinstance(value, str) or (value and not re.fullmatch(r"https://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~/%?&=+-]*)?", value)):
        raise InvalidSettings(f"{name} is {shown(value)}; it must be an address that begins with https://, or empty.")
    return value


def _code(fields: Fields, name: str) -> str:
    value = fields.values[name]
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9_-]{0,40}", value):
        raise InvalidSettings(f"{name} is {shown(value)}; it must be at most 40 letters, digits, hyphens and underscores, or empty.")
    return value
