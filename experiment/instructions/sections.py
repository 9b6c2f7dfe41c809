"""The numbers and the figure of each section; what all sections share is in
``experiment.shown.rules``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from experiment.config import SessionSettings
from experiment.instructions.drawings import Icons, Span, icon_rows, percentage, spans
from experiment.instructions.examples import announcement_example, first_examples
from experiment.instructions.tries import FixedTry, MarketTry, fixed_tries, market_try
from experiment.language import name_of
from experiment.natural_frequencies import Counts, natural_frequencies
from experiment.options import ALL_ROUNDS, LOTTERY
from experiment.shown.histogram import Chart, Tick
from experiment.shown.numbers import amount, money_text, percent, text
from theory.economy.arrays import FloatArray

EXAMPLE_POINTS = 100
SHADES = 4
"""The number of ways to fill a piece of a figure, after which they repeat."""
HUES = ("blue", "green", "orange", "purple", "red", "yellow")
"""The names of types whose pieces of a figure have the colour of their name, as in style.css."""
NAME_ROOM = 32
"""The number of letters that fit into a whole band on a narrow screen."""


@dataclass(frozen=True)
class SizesAlike:
    """Markets of ``first`` to ``last`` agents, which all have the same number of inactive agents."""

    first: int
    last: int
    inactive: int


@dataclass(frozen=True)
class Size:
    """How many agents a market has: ``known``, or ``least`` to ``most`` until a lobby has formed
    it; ``smaller`` describes the smaller markets.
    """

    known: bool
    least: int
    most: int
    smaller: tuple[SizesAlike, ...]


@dataclass(frozen=True)
class Goods:
    """The rounds of the session."""

    rounds: int
    practice_rounds: int
    practice_alone: bool
    computers_by_type: bool


@dataclass(frozen=True)
class Part:
    """One piece of a whole, and how many cases it has."""

    name: str
    count: int


@dataclass(frozen=True)
class Distribution:
    """How the cases of one kind (``name``) divide: ``counts`` of ``whole``, exactly or about."""

    name: str
    whole: int
    exact: bool
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class StateBand:
    """A state in the figure: its place from the top, its height, and the types along it."""

    state: str
    top: str
    height: str
    types: tuple[Span, ...]


@dataclass(frozen=True)
class Types:
    """Prior and likelihood as natural frequencies; what each type says about the state, only if the
    session shows the computed posterior.
    """

    one_state: bool
    prior: tuple[Distribution]
    likelihood: tuple[Distribution, ...]
    posterior: tuple[Distribution, ...]
    bands: tuple[StateBand, ...]


@dataclass(frozen=True)
class First:
    """An offer of each good at the fixed price, and the line of all offers."""

    step: str
    seconds: int
    goes_on: bool
    tries: tuple[FixedTry, FixedTry]
    ticks: tuple[Tick, ...]
    zero: str
    place_q: str
    place_r: str


@dataclass(frozen=True)
class DrawSection:
    """The chance of being inactive, and all members of a market as icons and as a bar of two
    pieces.
    """

    chance: str
    icons: Icons
    shares: tuple[Span, ...]


@dataclass(frozen=True)
class Announced:
    """An announcement of invented offers."""

    example: Chart


@dataclass(frozen=True)
class Second:
    """A stage-2 market in numbers; ``shares_time`` if the second offer shares its time with the
    question about beliefs.
    """

    seconds: int
    repeats: bool
    shares_time: bool
    tried: MarketTry


@dataclass(frozen=True)
class Pay:
    """How points become money; an amount is None if the session does not have it."""

    rounds: int
    all_rounds: bool
    lottery: bool
    prize: str
    points: int
    worth: str
    fee: str | None
    floor: str | None
    cap: str | None
    belief_prize: str | None
    other_belief_round: bool
    result_seconds: int
    icons: Icons


def size(settings: SessionSettings, formed: bool) -> Size:
    """The size of the reader's market, which a lobby determines only when it forms the market."""
    known = formed or not settings.has_lobby
    least = settings.market_size if known else settings.market_sizes.start
    inactive = {agents: settings.for_market(agents).inactive for agents in range(least, settings.market_size)}
    alike = [list(group) for _, group in groupby(inactive, key=lambda agents: inactive[agents])]
    return Size(known, least, settings.market_size, tuple(SizesAlike(group[0], group[-1], inactive[group[0]]) for group in alike))


def goods(settings: SessionSettings) -> Goods:
    return Goods(
        rounds=settings.schedule.rounds,
        practice_rounds=settings.schedule.practice_rounds,
        practice_alone=settings.practises_alone,
        computers_by_type=settings.robots_offer_by_type,
    )


def types(settings: SessionSettings) -> Types:
    env = settings.environment
    states = [text(name_of(name)) for name in env.states]
    kinds = [text(name_of(name)) for name in env.types]
    found, fills = natural_frequencies(settings), _fills(env.types)
    top, bands = 0.0, []
    for z, state in enumerate(states):
        height = 100 * float(env.prior[z])
        bands.append(
            StateBand(state, percentage(top), percentage(height), spans(env.likelihood[z], fills, _fitting(kinds, env.likelihood[z])))
        )
        top += height
    return Types(
        one_state=len(states) == 1,
        prior=(_distribution("", states, found.prior),),
        likelihood=tuple(_distribution(state, kinds, found.likelihood[z]) for z, state in enumerate(states)),
        posterior=tuple(_distribution(kind, states, found.posterior[x]) for x, kind in enumerate(kinds)) if settings.aids.posterior else (),
        bands=tuple(bands),
    )


def first(settings: SessionSettings) -> First:
    axis = first_examples(settings)[1]
    return First(
        step=amount(settings.grid.step),
        seconds=settings.deadlines.stage1,
        goes_on=settings.absence.misses_allowed > 0,
        tries=fixed_tries(settings),
        ticks=axis.offers,
        zero=axis.zero,
        place_q=axis.bars[0].middle,
        place_r=axis.bars[1].middle,
    )


def draw(settings: SessionSettings) -> DrawSection:
    return DrawSection(
        chance=percent(settings.inactive / settings.market_size),
        icons=icon_rows([""] * settings.market_size, settings.inactive),
        shares=spans([settings.active, settings.inactive], ["active", "inactive"]),
    )


def announced(settings: SessionSettings) -> Announced:
    return Announced(announcement_example(settings))


def second(settings: SessionSettings) -> Second:
    return Second(
        seconds=settings.deadlines.stage2,
        repeats=settings.absence.repeats,
        shares_time=settings.pay.belief_prize is not None,
        tried=market_try(settings),
    )


def pay(settings: SessionSettings, currency: str) -> Pay:
    rules = settings.pay

    def amount_or_none(value: Decimal | None) -> str | None:
        return money_text(value, currency) if value else None

    return Pay(
        rounds=settings.schedule.rounds,
        all_rounds=settings.pay.paid_rounds == ALL_ROUNDS,
        lottery=rules.points_pay == LOTTERY,
        prize=money_text(rules.lottery_prize, currency),
        points=EXAMPLE_POINTS,
        worth=money_text(EXAMPLE_POINTS * settings.money_per_point, currency),
        fee=amount_or_none(settings.participation_fee),
        floor=amount_or_none(rules.floor),
        cap=amount_or_none(rules.cap),
        belief_prize=amount_or_none(rules.belief_prize),
        other_belief_round=settings.pay.paid_rounds != ALL_ROUNDS and settings.schedule.rounds > 1,
        result_seconds=settings.deadlines.result,
        icons=icon_rows([str(n) for n in range(1, settings.schedule.rounds + 1)], 0),
    )


def _fitting(names: Sequence[str], shares: FloatArray) -> list[str]:
    """The names that fit into their piece of a band on a narrow screen; an empty name for the
    others, which the lists below the figure name.
    """
    return [name if share * NAME_ROOM >= len(name) else "" for name, share in zip(names, shares, strict=True)]


def _fills(types: Sequence[str]) -> list[str]:
    """The style of each type's pieces: the colour of its name, or a shade if one of the names has none."""
    if all(name in HUES for name in types):
        return [f"hue-{name}" for name in types]
    return [f"shade-{x % SHADES}" for x in range(len(types))]


def _distribution(name: str, names: Sequence[str], found: Counts) -> Distribution:
    return Distribution(name, found.base, found.exact, tuple(map(Part, names, found.counts)))
