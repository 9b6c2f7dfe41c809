"""The session config: what an experimenter chooses for a session, read and checked before anybody sits down.

``read_settings`` takes the config as oTree holds it and gives a frozen ``SessionSettings``, or raises ``InvalidSettings``
with one sentence that says what would be right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from experiment.config_fields import Fields, InvalidSettings, shown
from experiment.draws import LARGEST_SEED
from experiment.offers import OfferGrid, plain
from experiment.options import LEAVE, OPTION_DEFAULTS, Absence, Aids, Lobby, PayRules, Preparation, Recruiter, read_questionnaire
from theory.economy.environment import Environment, InvalidEnvironment, read_environment

ENVIRONMENTS = Path(__file__).resolve().parent.parent / "environments"
ENVIRONMENT_NAME = r"[A-Za-z0-9_]+"
"""The files of environments/ that count, without their ending: oTree allows nothing else in a session config's name."""
FINEST_GRID = 100_000
"""The most steps a grid may have up to an endowment."""

FIXED, RANDOM = "fixed", "random"
ONE_RANDOM, ALL_ROUNDS = "one_random", "all"
HISTOGRAM, NONE = "histogram", "none"
PAPER_THREAT, NO_THREAT = "paper", "none"
COMPUTERS, PARTICIPANTS = "computers", "participants"

DEFAULTS: Mapping[str, Any] = {
    "environment": "",
    "treatment": "baseline",
    "market_size": 0,
    "rounds": 10,
    "practice_rounds": 2,
    "practice_with": COMPUTERS,
    "matching": FIXED,
    "stage1_seconds": 0,
    "stage2_seconds": 0,
    "result_seconds": 0,
    "seed": "",
    "offer_grid": 0.1,
    "paid_rounds": ONE_RANDOM,
    "announcement": HISTOGRAM,
    "inactive_threat": PAPER_THREAT,
    "shutdown_if_equal": False,
    "inactive_see_market": True,
    **OPTION_DEFAULTS,
}
"""Every field of a session config that this project reads, with its default. ``market_size`` 0 means the file's
``agents``; an empty ``seed`` means a fresh one, drawn and stored when the session is created."""


@dataclass(frozen=True)
class SessionSettings:
    """A checked session config. ``environment`` has the session's own number of agents N; ``active`` is M."""

    environment: Environment
    treatment: str
    active: int
    rounds: int
    practice_rounds: int
    practice_with: str
    matching: str
    stage1_seconds: int
    stage2_seconds: int
    result_seconds: int
    seed: int | None
    grid: OfferGrid
    paid_rounds: str
    announcement: str
    inactive_threat: str
    shutdown_if_equal: bool
    inactive_see_market: bool
    participation_fee: Decimal
    money_per_point: Decimal
    preparation: Preparation
    aids: Aids
    pay: PayRules
    questionnaire: tuple[str, ...]
    lobby: Lobby
    absence: Absence
    recruiter: Recruiter

    @property
    def market_size(self) -> int:
        return self.environment.agents

    @property
    def inactive(self) -> int:
        """N - M, how many agents of a market become inactive."""
        return self.market_size - self.active

    @property
    def total_rounds(self) -> int:
        return self.practice_rounds + self.rounds

    @property
    def has_lobby(self) -> bool:
        """Whether markets form by arrival."""
        return self.lobby.seconds > 0

    @property
    def market_sizes(self) -> range:
        """The sizes that a market of this session may have: only the target, or all that the lobby allows."""
        return range(self.lobby.min_market_size if self.has_lobby else self.market_size, self.market_size + 1)

    def for_market(self, size: int) -> SessionSettings:
        """The settings of a market of that many agents, with M and all that follows."""
        if size == self.market_size:
            return self
        environment = self.environment.with_agents(size)
        return replace(self, environment=environment, active=size if self.inactive_threat == NO_THREAT else environment.active)

    @property
    def practises_alone(self) -> bool:
        """Whether practice is against computer traders, so that nobody waits for anybody."""
        return self.practice_with == COMPUTERS

    def is_practice(self, round_number: int) -> bool:
        return round_number <= self.practice_rounds

    def is_solo(self, round_number: int) -> bool:
        """Whether each subject plays this round in a market of their own, against computer traders."""
        return self.is_practice(round_number) and self.practises_alone

    @property
    def first_shared_round(self) -> int:
        """The first round that subjects play with each other, counted from 1."""
        return self.practice_rounds + 1 if self.practises_alone else 1

    @property
    def starts_together(self) -> bool:
        """Whether subjects wait for each other before they first meet: after practice alone, or reading, where a deadline would run."""
        reads = self.preparation.instructions or self.preparation.quiz_attempts > 0
        return self.first_shared_round > 1 or (reads and self.stage1_seconds > 0)

    def round_in_kind(self, round_number: int) -> int:
        """The number of a round among the practice rounds or among the paid rounds, each counted from 1."""
        return round_number if self.is_practice(round_number) else round_number - self.practice_rounds


def read_settings(
    config: Mapping[str, Any],
    participants: int | None = None,
    largest_rounds: int | None = None,
    environments: Path = ENVIRONMENTS,
    environment: Environment | None = None,
) -> SessionSettings:
    """Read and check a session config. Raises InvalidSettings with one sentence.

    ``participants`` is the number of participants of the session and ``largest_rounds`` the number of rounds the server
    was started for; either is not checked where None. Where an ``environment`` is given (one that a session stored, with
    the session's own number of agents), no file is read.
    """
    _refuse_mistyped(config)
    fields = Fields({**DEFAULTS, **config})
    is_new = environment is None
    if environment is None:
        environment = _environment(fields, environments)
    threat = fields.one_of("inactive_threat", PAPER_THREAT, NO_THREAT)
    settings = SessionSettings(
        environment=environment,
        treatment=_treatment(fields.values["treatment"]),
        active=environment.agents if threat == NO_THREAT else environment.active,
        rounds=fields.count("rounds", least=1),
        practice_rounds=fields.count("practice_rounds", least=0),
        practice_with=fields.one_of("practice_with", COMPUTERS, PARTICIPANTS),
        matching=fields.one_of("matching", FIXED, RANDOM),
        stage1_seconds=fields.count("stage1_seconds", least=0),
        stage2_seconds=fields.count("stage2_seconds", least=0),
        result_seconds=fields.count("result_seconds", least=0),
        seed=_seed(fields.values["seed"]),
        grid=_grid(fields, environment),
        paid_rounds=fields.one_of("paid_rounds", ONE_RANDOM, ALL_ROUNDS),
        announcement=fields.one_of("announcement", HISTOGRAM, NONE),
        inactive_threat=threat,
        shutdown_if_equal=fields.flag("shutdown_if_equal"),
        inactive_see_market=fields.flag("inactive_see_market"),
        participation_fee=fields.money("participation_fee"),
        money_per_point=fields.money("real_world_currency_per_point"),
        preparation=Preparation.read(fields),
        aids=Aids.read(fields),
        pay=PayRules.read(fields),
        questionnaire=read_questionnaire(fields),
        lobby=Lobby.read(fields, environment.agents),
        absence=Absence.read(fields),
        recruiter=Recruiter.read(fields),
    )
    _refuse_conflicts(settings)
    if is_new:  # a stored session may be older than this rule
        _refuse_clocks(settings)
    if largest_rounds is not None and settings.total_rounds > largest_rounds:
        raise InvalidSettings(
            f"rounds and practice_rounds together are {settings.total_rounds}; this server was started for at most "
            f"{largest_rounds}, the largest count in SESSION_CONFIGS of settings.py."
        )
    if participants is not None and not settings.has_lobby and (participants < 1 or participants % settings.market_size):
        raise InvalidSettings(_which_participants(participants, settings.market_size))
    return settings


def largest_rounds(configs: Iterable[Mapping[str, Any]], defaults: Mapping[str, Any]) -> int:
    """The number of rounds the server has to offer: the largest count in SESSION_CONFIGS."""
    every = [{**DEFAULTS, **defaults, **config} for config in configs] or [dict(DEFAULTS)]
    return max(int(fields["rounds"]) + int(fields["practice_rounds"]) for fields in every)


def environment_names(environments: Path = ENVIRONMENTS) -> Sequence[str]:
    """The names that the config field ``environment`` may take: the files of the folder, without their ending."""
    return sorted(path.stem for path in environments.glob("*.toml") if path.is_file() and re.fullmatch(ENVIRONMENT_NAME, path.stem))


def readable_environments(environments: Path = ENVIRONMENTS) -> tuple[Mapping[str, Environment], Sequence[str]]:
    """The environments by name, and a sentence for each file that is not one and is left out."""
    found, left_out = {}, []
    for name in environment_names(environments):
        try:
            found[name] = read_environment(environments / f"{name}.toml")
        except InvalidEnvironment as error:
            left_out.append(f"environments/{name}.toml is left out: {error}")
    return found, left_out


def read_money(name: str, value: Any) -> Decimal:
    """An amount of money in a session config, which oTree keeps as money. Raises InvalidSettings with one sentence."""
    return Fields({name: value}).money(name)


def _refuse_mistyped(config: Mapping[str, Any]) -> None:
    for name in config:
        if name not in DEFAULTS and (close := get_close_matches(str(name), DEFAULTS, n=1, cutoff=0.75)):
            raise InvalidSettings(f"{name} is not a field of a session config; did you mean {close[0]}?")


def _refuse_conflicts(settings: SessionSettings) -> None:
    """Fields that are right one by one, and cannot go together."""
    if settings.preparation.quiz_failed == LEAVE and not settings.has_lobby:
        raise InvalidSettings(
            "quiz_failed is leave, but markets are formed before anybody comes, so that a market would miss whoever leaves: "
            "set lobby_seconds, or let quiz_failed be go_on."
        )
    if settings.has_lobby and settings.matching == RANDOM:
        raise InvalidSettings("matching is random, but a lobby forms markets once, by arrival: let matching be fixed or lobby_seconds 0.")
    if settings.has_lobby and settings.practice_rounds and not settings.practises_alone:
        raise InvalidSettings("practice_with is participants, but practice comes before the lobby has formed markets: let it be computers.")


def _refuse_clocks(settings: SessionSettings) -> None:
    """Deadlines under which subjects would miss what they could not come to."""
    mixes = settings.matching == RANDOM and settings.total_rounds > settings.first_shared_round
    if mixes and settings.stage1_seconds and not (settings.stage2_seconds and settings.result_seconds):
        raise InvalidSettings(
            "matching is random and stage1_seconds is set, so stage2_seconds and result_seconds must be set too: the time for the next "
            "first offers would run while some who make them are still in the round before."
        )


def _environment(fields: Fields, environments: Path) -> Environment:
    name, available = fields.values["environment"], environment_names(environments)
    if name not in available:
        raise InvalidSettings(f"environment is {shown(name)}; it must name a file of environments/: {', '.join(available)}.")
    try:
        environment = read_environment(environments / f"{name}.toml")
    except InvalidEnvironment as error:
        raise InvalidSettings(f"environment {name}: {error}") from None
    size = fields.count("market_size", least=0)
    if size == 1:
        raise InvalidSettings("market_size is 1; a market needs at least 2 agents (0 means the agents of the environment file).")
    return environment.with_agents(size) if size else environment


def _grid(fields: Fields, environment: Environment) -> OfferGrid:
    endowment_q, endowment_r = Decimal(repr(environment.endowment_q)), Decimal(repr(environment.endowment_r))
    step = fields.decimal("offer_grid")
    if not _divides(step, endowment_q) or not _divides(step, endowment_r):
        candidates = [Decimal(digit).scaleb(k) for k in range(-4, 4) for digit in (1, 2, 5)]
        fitting = [c for c in candidates if _divides(c, endowment_q) and _divides(c, endowment_r)]
        handy = [c for c in fitting if max(endowment_q, endowment_r) / c <= 1000]
        hint = f", for example {', '.join(map(plain, handy[:3]))}" if handy else ""
        raise InvalidSettings(
            f"offer_grid is {shown(fields.values['offer_grid'])}; it must be a positive step that divides both endowments "
            f"({plain(endowment_q)} and {plain(endowment_r)}) into at most {FINEST_GRID} steps{hint}."
        )
    return OfferGrid(step, endowment_q, endowment_r)


def _divides(step: Decimal, endowment: Decimal) -> bool:
    return endowment / FINEST_GRID <= step <= endowment and endowment % step == 0


def _treatment(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,49}", value):
        raise InvalidSettings(
            f"treatment is {shown(value)}; it is a label of at most 50 letters, digits, spaces, dots, hyphens and underscores that "
            "starts with a letter or digit."
        )
    return value


def _seed(value: Any) -> int | None:
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else "?"
    if text in {"", "0"}:
        return None
    if not re.fullmatch(r"[0-9]{1,16}", text, re.ASCII) or int(text) > LARGEST_SEED:
        raise InvalidSettings(f"seed is {shown(value)}; it must be a whole number from 1 to {LARGEST_SEED}, or empty for a fresh one.")
    return int(text)


def _which_participants(participants: int, market_size: int) -> str:
    below = max(participants, 0) // market_size * market_size
    near = f"{below} or {below + market_size}" if below else f"{market_size}"
    return (
        f"{participants} participants do not divide into markets of {market_size}; the number of participants must be a "
        f"multiple of {market_size}, for example {near}."
    )
