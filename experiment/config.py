"""The session config: what an experimenter chooses for a session, read and checked when the session
is created.

``read_settings`` takes the config as oTree stores it and returns a frozen ``SessionSettings``, or
raises ``InvalidSettings`` with one sentence that says what would be valid.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_type_hints

from experiment.config_fields import (
    InvalidSettings,
    Setting,
    current_names,
    declared,
    read_group,
    read_money,
    setting,
    settings_of,
    shown,
)
from experiment.market_options import (
    COMPUTERS,
    NO_THREAT,
    PARTICIPANTS,
    RANDOM,
    SEED,
    TREATMENT,
    TYPED_ROBOTS,
    Deadlines,
    EconomyChoice,
    GameRules,
    Schedule,
)
from experiment.offers import OfferGrid, plain
from experiment.options import (
    LEAVE,
    QUESTIONNAIRE,
    QUESTIONS,
    TITLE,
    Absence,
    Aids,
    LobbyRules,
    PayRules,
    Preparation,
    Recruiter,
    Words,
)
from theory.economy.environment import Environment, InvalidEnvironment, read_environment

ENVIRONMENTS = Path(__file__).resolve().parent.parent / "environments"
ENVIRONMENT_NAME = r"[A-Za-z0-9_]+"
"""The names of the files in environments/ that are read, without their extension: oTree allows no
other characters in the name of a session config.
"""
FINEST_GRID = 100_000
"""The most steps a grid may have up to an endowment."""


@dataclass(frozen=True, kw_only=True)
class SessionSettings:
    """A checked session config. ``environment`` has the session's own number of agents N; ``active`` is M."""

    environment: Environment
    active: int
    grid: OfferGrid
    participation_fee: Decimal
    money_per_point: Decimal
    treatment: str = setting(TREATMENT, "baseline", "for the analyst")
    study_title: str = setting(TITLE, "", "the study's name on the receipts; empty: a line on which it is written by hand")
    schedule: Schedule
    deadlines: Deadlines
    seed: int | None = setting(
        SEED,
        "",
        "of all draws; empty: a fresh one, which is stored and exported. A typed one should have 15 digits and be secret: a short one can "
        "be found by trial from the types a subject has seen",
    )
    pay: PayRules
    rules: GameRules
    words: Words
    preparation: Preparation
    aids: Aids
    questionnaire: tuple[str, ...] = setting(QUESTIONNAIRE, ", ".join(QUESTIONS), "what is asked at the end; empty: nothing")
    lobby: LobbyRules
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
        return self.schedule.practice_rounds + self.schedule.rounds

    @property
    def has_lobby(self) -> bool:
        """Whether markets form by arrival."""
        return self.lobby.seconds > 0

    @property
    def in_laboratory(self) -> bool:
        """Whether subjects sit where somebody can call them: markets are formed beforehand, and nobody
        goes back to a recruiter.
        """
        return not self.has_lobby and not self.recruiter.is_set

    @property
    def market_sizes(self) -> range:
        """The sizes that a market of this session may have: only the target, or all sizes that the
        lobby allows.
        """
        return range(self.lobby.min_market_size if self.has_lobby else self.market_size, self.market_size + 1)

    def for_market(self, size: int) -> SessionSettings:
        """The settings of a market of ``size`` agents, with M and everything that follows from it."""
        if size == self.market_size:
            return self
        environment = self.environment.with_agents(size)
        return replace(self, environment=environment, active=size if self.rules.inactive_threat == NO_THREAT else environment.active)

    @property
    def practises_alone(self) -> bool:
        """Whether subjects practise against computer traders, so that nobody waits for anybody."""
        return self.schedule.practice_with != PARTICIPANTS

    @property
    def robots_offer_by_type(self) -> bool:
        """Whether the computer traders of practice offer by their type, so that their offers tell
        something about the state; otherwise they offer at random.
        """
        return self.schedule.practice_with == TYPED_ROBOTS

    def is_practice(self, round_number: int) -> bool:
        return round_number <= self.schedule.practice_rounds

    def is_solo(self, round_number: int) -> bool:
        """Whether each subject plays this round in a market of their own, against computer traders."""
        return self.is_practice(round_number) and self.practises_alone

    @property
    def first_shared_round(self) -> int:
        """The first round that subjects play with each other, counted from 1."""
        return self.schedule.practice_rounds + 1 if self.practises_alone else 1

    @property
    def starts_together(self) -> bool:
        """Whether subjects wait for each other before they first meet, after reading or practising
        alone, so that no deadline runs meanwhile.
        """
        reads = self.preparation.instructions or self.preparation.quiz_attempts > 0
        return self.first_shared_round > 1 or (reads and self.deadlines.stage1 > 0)

    def round_in_kind(self, round_number: int) -> int:
        """The number of a round among the practice rounds or among the paid rounds, each counted from 1."""
        return round_number if self.is_practice(round_number) else round_number - self.schedule.practice_rounds


def _groups() -> dict[str, type[Any]]:
    """The attributes of the settings that are groups of fields, with their classes."""
    kinds = get_type_hints(SessionSettings)
    return {name: kind for name, kind in kinds.items() if isinstance(kind, type) and is_dataclass(kind) and settings_of(kind)}


def _settings() -> Iterator[Setting]:
    yield from settings_of(EconomyChoice)
    for attribute in fields(SessionSettings):
        if attribute.name in GROUPS:
            yield from settings_of(GROUPS[attribute.name])
        elif one := declared(attribute):
            yield one


GROUPS = _groups()
SETTINGS = tuple(_settings())
"""Every field of a session config that this project reads."""
DEFAULTS: Mapping[str, bool | int | float | str] = {one.name: one.default for one in SETTINGS}
"""Every field of a session config that this project reads, with its default. ``market_size`` 0 means the file's
``agents``; an empty ``seed`` means a fresh one, drawn and stored when the session is created."""


def renamed(config: Mapping[str, Any], defaults: Mapping[str, Any] = DEFAULTS) -> dict[str, Any]:
    """The config with each field under its current name. Raises InvalidSettings if a field is given
    under both names.

    ``defaults`` are the values with which oTree filled in missing fields; an empty mapping if it
    filled in none.
    """
    return current_names(config, SETTINGS, defaults)


def read_settings(
    config: Mapping[str, Any],
    participants: int | None = None,
    largest_rounds: int | None = None,
    environments: Path = ENVIRONMENTS,
    environment: Environment | None = None,
) -> SessionSettings:
    """Read and check a session config. Raises InvalidSettings with one sentence.

    ``participants`` is the session's number of participants and ``largest_rounds`` the number of
    rounds for which the server was started; neither is checked if it is None. If an ``environment``
    is given (one that a session stored, with the session's own number of agents), no file is read.
    """
    _refuse_mistyped(config)
    given = {**DEFAULTS, **renamed(config)}
    economy = read_group(EconomyChoice, given)
    is_new = environment is None
    if environment is None:
        environment = _environment(economy, environments)
    groups = {name: read_group(group, given) for name, group in GROUPS.items()}
    settings = read_group(
        SessionSettings,
        given,
        environment=environment,
        active=environment.agents if groups["rules"].inactive_threat == NO_THREAT else environment.active,
        grid=_grid(economy.offer_grid, given["offer_grid"], environment),
        participation_fee=_money(given, "participation_fee"),
        money_per_point=_money(given, "real_world_currency_per_point"),
        **{**groups, "lobby": groups["lobby"].up_to(environment.agents)},
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
    """The number of rounds for which the server is started: the largest count in SESSION_CONFIGS."""
    every = [{**DEFAULTS, **defaults, **config} for config in configs] or [dict(DEFAULTS)]
    return max(int(fields["rounds"]) + int(fields["practice_rounds"]) for fields in every)


def environment_names(environments: Path = ENVIRONMENTS) -> Sequence[str]:
    """The names that the config field ``environment`` may take: the files of the folder, without
    their extension.
    """
    return sorted(path.stem for path in environments.glob("*.toml") if path.is_file() and re.fullmatch(ENVIRONMENT_NAME, path.stem))


def readable_environments(environments: Path = ENVIRONMENTS) -> tuple[Mapping[str, Environment], Sequence[str]]:
    """The environments by name, and a sentence about each file that is left out because it is not a
    valid environment.
    """
    found, left_out = {}, []
    for name in environment_names(environments):
        try:
            found[name] = read_environment(environments / f"{name}.toml")
        except InvalidEnvironment as error:
            left_out.append(f"environments/{name}.toml is left out: {error}")
    return found, left_out


def _refuse_mistyped(config: Mapping[str, Any]) -> None:
    names = {**{one.was: one.name for one in SETTINGS if one.was}, **{name: name for name in DEFAULTS}}
    for name in config:
        if name not in names and (close := get_close_matches(str(name), names, n=1, cutoff=0.75)):
            raise InvalidSettings(f"{name} is not a field of a session config; did you mean {names[close[0]]}?")


def _refuse_conflicts(settings: SessionSettings) -> None:
    """Refuse fields that are valid one by one but not together."""
    if settings.preparation.quiz_failed == LEAVE and not settings.has_lobby:
        raise InvalidSettings(
            "quiz_failed is leave, but markets are formed before anybody comes, so a market would lack anyone who leaves: "
            "set lobby_seconds, or let quiz_failed be go_on."
        )
    if settings.has_lobby and settings.schedule.matching == RANDOM:
        raise InvalidSettings("matching is random, but a lobby forms markets once, by arrival: let matching be fixed or lobby_seconds 0.")
    if settings.has_lobby and settings.schedule.practice_rounds and not settings.practises_alone:
        raise InvalidSettings(
            "practice_with is participants, but practice comes before the lobby has formed markets: "
            f"let it be {COMPUTERS} or {TYPED_ROBOTS}."
        )


def _refuse_clocks(settings: SessionSettings) -> None:
    """Refuse deadlines of stages that subjects cannot reach in time."""
    mixes = settings.schedule.matching == RANDOM and settings.total_rounds > settings.first_shared_round
    if mixes and settings.deadlines.stage1 and not (settings.deadlines.stage2 and settings.deadlines.result):
        raise InvalidSettings(
            "matching is random and stage1_deadline_seconds is set, so stage2_deadline_seconds and result_deadline_seconds must be set too:"
            " the time for the next first offers would run while some of those who make them are still in the previous round."
        )


def _environment(economy: EconomyChoice, environments: Path) -> Environment:
    name, available = economy.environment, environment_names(environments)
    if name not in available:
        raise InvalidSettings(f"environment is {shown(name)}; it must name a file of environments/: {', '.join(available)}.")
    try:
        environment = read_environment(environments / f"{name}.toml")
    except InvalidEnvironment as error:
        raise InvalidSettings(f"environment {name}: {error}") from None
    size = economy.market_size
    if size == 1:
        raise InvalidSettings("market_size is 1; a market needs at least 2 agents (0 means the agents of the environment file).")
    return environment.with_agents(size) if size else environment


def _grid(step: Decimal, given: Any, environment: Environment) -> OfferGrid:
    endowment_q, endowment_r = Decimal(repr(environment.endowment_q)), Decimal(repr(environment.endowment_r))
    if not _divides(step, endowment_q) or not _divides(step, endowment_r):
        candidates = [Decimal(digit).scaleb(k) for k in range(-4, 4) for digit in (1, 2, 5)]
        fitting = [c for c in candidates if _divides(c, endowment_q) and _divides(c, endowment_r)]
        handy = [c for c in fitting if max(endowment_q, endowment_r) / c <= 1000]
        hint = f", for example {', '.join(map(plain, handy[:3]))}" if handy else ""
        raise InvalidSettings(
            f"offer_grid is {shown(given)}; it must be a positive step that divides both endowments "
            f"({plain(endowment_q)} and {plain(endowment_r)}) into at most {FINEST_GRID} steps{hint}."
        )
    return OfferGrid(step, endowment_q, endowment_r)


def _divides(step: Decimal, endowment: Decimal) -> bool:
    return endowment / FINEST_GRID <= step <= endowment and endowment % step == 0


def _which_participants(participants: int, market_size: int) -> str:
    below = max(participants, 0) // market_size * market_size
    near = f"{below} or {below + market_size}" if below else f"{market_size}"
    return (
        f"{participants} participants do not divide into markets of {market_size}; the number of participants must be a "
        f"multiple of {market_size}, for example {near}."
    )


def _money(config: Mapping[str, Any], name: str) -> Decimal:
    """A field that oTree defines, for which this project has no default."""
    if name not in config:
        raise InvalidSettings(f"{name} is missing from the session config.")
    return read_money(name, config[name])
