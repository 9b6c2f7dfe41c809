"""What bundles pay a type: one bundle in every state as a row of a table, or many in one state as a grid of q by r."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from experiment.config import SessionSettings
from experiment.language import name_of
from experiment.rounds import points_paid
from experiment.shown.numbers import amount, digits, fixed, goods_digits, text

SHARES = tuple(map(Decimal, ("0.6", "0.8", "1", "1.2", "1.4")))
"""The amounts of each good in a grid, in endowments."""


@dataclass(frozen=True)
class BundlePoints:
    """A bundle and what it pays in each state; ``no_trade`` marks the endowment."""

    q: str
    r: str
    no_trade: bool
    points: tuple[str, ...]


@dataclass(frozen=True)
class GridCell:
    """The points of one bundle; ``no_trade`` marks the endowment."""

    points: str
    no_trade: bool


@dataclass(frozen=True)
class GridRow:
    """The bundles with this amount of good q."""

    q: str
    cells: tuple[GridCell, ...]


@dataclass(frozen=True)
class PointsGrid:
    """What bundles pay in one state: a row for each amount of good q."""

    state: str
    rows: tuple[GridRow, ...]


@dataclass(frozen=True)
class TypePoints:
    """What bundles pay one type: a grid for each state, with the amounts of good r (``columns``)
    above it; ``own`` if it is the reader's type.
    """

    type: str
    own: bool
    columns: tuple[str, ...]
    grids: tuple[PointsGrid, ...]


def bundle_points(settings: SessionSettings, type_name: str, q: Decimal, r: Decimal, no_trade: bool) -> BundlePoints:
    """The row of one bundle for one type."""
    env, places = settings.environment, digits(settings).points
    paid = tuple(fixed(points_paid(env, type_name, state, float(q), float(r)), places) for state in env.states)
    return BundlePoints(amount(q), amount(r), no_trade, paid)


def grid_amounts(settings: SessionSettings) -> tuple[tuple[Decimal, ...], tuple[Decimal, ...]]:
    """The amounts of good q and of good r in the grids, with as many digits as goods have on all
    pages; with all of their own if these do not tell them apart.
    """
    places = goods_digits(settings.grid)
    return _amounts(settings.grid.endowment_q, places), _amounts(settings.grid.endowment_r, places)


def points_grids(settings: SessionSettings, type_name: str, own: bool) -> TypePoints:
    """The grids of one type, one for each state."""
    of_q, of_r = grid_amounts(settings)
    states = settings.environment.states
    return TypePoints(
        type=text(name_of(type_name)),
        own=own,
        columns=tuple(map(amount, of_r)),
        grids=tuple(
            PointsGrid(text(name_of(state)), tuple(GridRow(amount(q), _cells(settings, type_name, state, q, of_r)) for q in of_q))
            for state in states
        ),
    )


def _cells(settings: SessionSettings, type_name: str, state: str, q: Decimal, of_r: Sequence[Decimal]) -> tuple[GridCell, ...]:
    env, grid, places = settings.environment, settings.grid, digits(settings).points
    return tuple(
        GridCell(fixed(points_paid(env, type_name, state, float(q), float(r)), places), (q, r) == (grid.endowment_q, grid.endowment_r))
        for r in of_r
    )


def _amounts(endowment: Decimal, places: int) -> tuple[Decimal, ...]:
    exact = tuple(share * endowment for share in SHARES)
    rounded = tuple(each.quantize(Decimal(1).scaleb(-places)) for each in exact)
    return rounded if len({Decimal(0), *rounded}) > len(SHARES) else exact
