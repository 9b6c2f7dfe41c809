"""The options of a session that are about its subjects: which aids and tests they get, how they are
paid, how they come together and how they leave. Each group of fields is a frozen dataclass whose
attributes declare them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from experiment.config_fields import FLAG, MONEY_AMOUNT, FieldKind, InvalidSettings, count, one_of, read_money, setting, shown

GO_ON, LEAVE = "go_on", "leave"
MONEY, LOTTERY = "money", "lottery"
ONE_RANDOM, ALL_ROUNDS = "one_random", "all"
NO_OFFER, REPEAT = "none", "repeat"
STUDY_NAME = r"([A-Za-z0-9_][A-Za-z0-9_-]{0,39})?"
"""The name of a study's folder in texts/; empty: the built-in text."""
LONGEST_TITLE = 100
QUESTIONS = ("age", "gender", "field_of_study", "risk", "comments")
"""What a questionnaire may ask, in the order in which it asks."""


def _read_cap(name: str, value: Any) -> Decimal | None:
    return read_money(name, value) or None


def _read_questions(name: str, value: Any) -> tuple[str, ...]:
    """The questions of the questionnaire, in the order in which they are asked; none if the field
    is empty.
    """
    asked = [word.strip() for word in value.split(",") if word.strip()] if isinstance(value, str) else [value]
    for word in asked:
        if word not in QUESTIONS:
            raise InvalidSettings(f"{name} has {shown(word)}; it may have {', '.join(QUESTIONS)}, separated by commas, or be empty.")
    return tuple(word for word in QUESTIONS if word in asked)


def _read_address(name: str, value: Any) -> str:
    if not isinstance(value, str) or (value and not re.fullmatch(r"https://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~/%?&=+-]*)?", value)):
        raise InvalidSettings(f"{name} is {shown(value)}; it must be an address that begins with https://, or empty.")
    return value


def _read_code(name: str, value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9_-]{0,40}", value):
        raise InvalidSettings(f"{name} is {shown(value)}; it must be at most 40 letters, digits, hyphens and underscores, or empty.")
    return value


def _read_study(name: str, value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(STUDY_NAME, value):
        raise InvalidSettings(
            f"{name} is {shown(value)}; it must name a folder of texts/, at most 40 letters, digits, hyphens and underscores, or be empty."
        )
    return value


def _read_title(name: str, value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TITLE or not value.isprintable():
        raise InvalidSettings(f"{name} is {shown(value)}; it must be one line of at most {LONGEST_TITLE} characters, or empty.")
    return value.strip()


CAP = FieldKind("money", _read_cap)
QUESTIONNAIRE = FieldKind(f"any of `{', '.join(QUESTIONS)}`", _read_questions)
ADDRESS = FieldKind("an address that begins with https://", _read_address)
CODE = FieldKind("a code", _read_code)
STUDY = FieldKind("the name of a folder of `texts/`", _read_study)
TITLE = FieldKind("one line", _read_title)


@dataclass(frozen=True)
class Words:
    """The texts of a study that subjects read beside those of the project: which, and what they say about its length."""

    study: str = setting(
        STUDY, "", "the study whose consent, welcome, debriefing and questionnaire are shown; empty: the built-in ones", name="texts"
    )
    minutes: int = setting(count(0, 1000), 0, "how many minutes the session takes, for `{minutes}` in these texts; 0: not said")


@dataclass(frozen=True)
class Preparation:
    """What comes before the market: instructions, and a quiz."""

    instructions: bool = setting(FLAG, True, "whether there are pages of instructions")
    quiz_attempts: int = setting(count(0, 100), 3, "at each question; 0: no quiz")
    quiz_failed: str = setting(
        one_of(GO_ON, LEAVE), GO_ON, "what follows when attempts are used up; `leave`, with the show-up fee, needs a lobby"
    )


@dataclass(frozen=True)
class Aids:
    """The aids on the decision pages; ``posterior`` is the computed posterior, off by default.
    ``log`` says whether their use is logged, and ``attention`` what the log has besides.
    """

    payoff_table: bool = setting(FLAG, True, "the table of points by bundle, on the decision pages", name="show_payoff_table")
    payoff_picture: bool = setting(FLAG, True, "the picture of points by bundle, on the decision pages", name="show_payoff_picture")
    slider: bool = setting(FLAG, True, "the slider that shows what an offer would lead to", name="show_slider")
    calculator: bool = setting(FLAG, True, "the calculator of the second offer", name="show_calculator")
    frequencies: bool = setting(FLAG, True, "how often each type occurs in each state, on the decision pages", name="show_frequencies")
    history: bool = setting(FLAG, True, "the rounds so far, on the decision pages", name="show_history")
    posterior: bool = setting(
        FLAG,
        False,
        "whether what a type, and the announcement, say about the state is computed for the subject; in practice with computer traders "
        "that offer at random, from the type only",
        name="show_posterior",
    )
    sound: bool = setting(FLAG, False, "a short sound when the market goes on for a participant who waited; browsers may refuse to play it")
    log: bool = setting(
        FLAG,
        True,
        "whether the use of slider, fields and calculator is logged, and with what: mouse, finger or keys (`events.csv`)",
        name="log_events",
    )
    attention: bool = setting(
        FLAG,
        True,
        "whether this log also has when an offer page was hidden or another window in front, and that something was copied, never what; "
        "only with `log_events`",
        name="log_attention",
    )

    @property
    def logs_attention(self) -> bool:
        """Whether the log has when the page was not in front, and that something was copied."""
        return self.log and self.attention


@dataclass(frozen=True)
class PayRules:
    """What is paid, and how points become money: at the exchange rate, or as the chance of winning
    ``lottery_prize``; within floor and cap.
    """

    paid_rounds: str = setting(one_of(ONE_RANDOM, ALL_ROUNDS), ONE_RANDOM, "what is paid: one round drawn at random, or every round")
    points_pay: str = setting(one_of(MONEY, LOTTERY), MONEY, "`lottery`: points are a chance to win `lottery_prize`")
    lottery_prize: Decimal = setting(MONEY_AMOUNT, 10.0, "the prize that is won with that chance")
    floor: Decimal = setting(MONEY_AMOUNT, 0.0, "the least total, show-up fee included", name="payment_floor")
    cap: Decimal | None = setting(CAP, 0.0, "the largest total, show-up fee included; 0: none", name="payment_cap")
    declined: bool = setting(
        FLAG,
        True,
        "whether participants who do not agree to take part are paid the show-up fee; online, `no` keeps people from coming for it alone",
        name="pay_declined",
    )
    asks_beliefs: bool = setting(
        FLAG,
        False,
        "the active say how likely each state is, after the announcement; paid by a binarised score, from another round than the offers",
        name="beliefs",
    )
    prize_of_belief: Decimal = setting(MONEY_AMOUNT, 2.0, "what a stated belief can win", name="belief_prize")

    def __post_init__(self) -> None:
        if self.cap is not None and self.cap < self.floor:
            raise InvalidSettings(f"payment_cap is {self.cap}, less than payment_floor, {self.floor}; 0 means no cap.")

    @property
    def belief_prize(self) -> Decimal | None:
        """What a stated belief can win; None if beliefs are not asked for."""
        return self.prize_of_belief if self.asks_beliefs else None


@dataclass(frozen=True)
class LobbyRules:
    """How markets form by arrival: at the target size, or after ``seconds`` at ``min_market_size`` or more. ``seconds`` 0: no lobby.

    After ``leave_seconds`` of waiting a subject may leave with the show-up fee.
    """

    seconds: int = setting(
        count(),
        0,
        "0: markets are formed beforehand; else by arrival, at the target size, or after this long with those who are there",
        name="lobby_seconds",
    )
    min_market_size: int = setting(count(), 0, "the smallest market a lobby may form; 0: the target size")
    leave_seconds: int = setting(
        count(), 120, "after this long a waiting subject may leave with the show-up fee", name="lobby_leave_seconds"
    )

    def up_to(self, market_size: int) -> LobbyRules:
        """The lobby of markets of that size, with the smallest size filled in. Raises
        InvalidSettings if the smallest size does not fit.
        """
        least = self.min_market_size
        if least == 1 or least > market_size:
            raise InvalidSettings(
                f"min_market_size is {least}; it must be a whole number from 2 to {market_size}, the size of a market (0 means that size)."
            )
        return replace(self, min_market_size=least or market_size)


@dataclass(frozen=True)
class Absence:
    """What follows from missed deadlines: for whom no market waits any more, and what is traded at
    stage 2 for the absent.
    """

    start_seconds: int = setting(
        count(),
        600,
        "how long participants who are ready wait, before the first market round, for those who still read or practise; then it begins "
        "without them; 0: as long as it takes. Only if `stage1_deadline_seconds` is set",
    )
    misses_allowed: int = setting(
        count(),
        2,
        "after this many missed deadlines in a row no market waits for a subject until they are back; 0: markets always wait, until each "
        "deadline",
    )
    at_stage2: str = setting(
        one_of(NO_OFFER, REPEAT),
        NO_OFFER,
        "what is traded for a subject who makes no second offer in time: nothing, or their own first offer of the round again",
        name="absent_at_stage2",
    )

    @property
    def repeats(self) -> bool:
        """Whether the typed stage-1 offer of subjects who are absent at stage 2 is made again for
        them.
        """
        return self.at_stage2 == REPEAT


@dataclass(frozen=True)
class Recruiter:
    """The way back to the recruiter of the subjects: an address, and a code for each way in which a
    session can end. Empty: none.
    """

    completion_url: str = setting(ADDRESS, "", "the way back to the recruiter: `?cc=` and the code of how it ended are added")
    complete: str = setting(CODE, "", "the code for participants who stay to the end", name="code_complete")
    no_match: str = setting(CODE, "", "the code for participants who leave the lobby, or for whom no market formed", name="code_no_match")
    screened_out: str = setting(CODE, "", "the code for participants who leave because they failed the quiz", name="code_screened_out")
    declined: str = setting(CODE, "", "the code for participants who do not agree to take part", name="code_declined")
    timed_out: str = setting(CODE, "", "the code for participants who have dropped out when the last round ends", name="code_timed_out")

    @property
    def is_set(self) -> bool:
        """Whether there is a way back for anybody."""
        return any((self.completion_url, self.complete, self.no_match, self.screened_out, self.declined, self.timed_out))
