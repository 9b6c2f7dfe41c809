"""How a trade, a market and the earlier rounds are shown: what was given and received, how the
price came about.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from experiment.config import SessionSettings
from experiment.language import name_of
from experiment.offers import GOOD_Q, GOOD_R, NOTHING, Offer
from experiment.rounds import points_paid
from experiment.seat import MarketSummary, RoundRecord
from experiment.settings_cache import once_per_settings
from experiment.shown.numbers import Digits, change, digits, fixed, text
from experiment.shown.payoffs import BundlePoints, bundle_points
from theory.mechanism import fixed_price_trade

SHARES_BY_TRADING = (Decimal("1.5"), Decimal("1.25"), Decimal("1"), Decimal("0.75"), Decimal("0.5"))
"""The bundles of the small payoff table: this many endowments of good q, and two minus this many of
good r.
"""


@dataclass(frozen=True)
class TradeShown:
    """One offer carried out: ``given`` of ``good`` for ``received`` of ``other``, and the bundle it led to."""

    good: str
    other: str
    given: str
    received: str
    price: str
    change_q: str
    change_r: str
    q: str
    r: str


@dataclass(frozen=True)
class PaidInState:
    """What a bundle pays in one state."""

    state: str
    points: str


@dataclass(frozen=True)
class TotalsBar:
    """The total offers of one good as a bar, in percent of the larger total: the reader's own
    offer, the others', the experimenter's.
    """

    own: str
    participants: str
    exogenous: str


@dataclass(frozen=True)
class Side:
    """Where the total offers of one good came from; ``own`` is None for a subject who was not in
    the market.
    """

    own: str | None
    participants: str
    exogenous: str
    total: str
    bar: TotalsBar


@dataclass(frozen=True)
class PriceMaking:
    """How a stage-2 price came about, good by good."""

    q: Side
    r: Side
    price: str


@dataclass(frozen=True)
class HistoryRow:
    """A finished round; ``second`` is None if there was no second offer to make."""

    round: int
    practice: bool
    type: str
    state: str
    active: bool
    first: str | None
    second: str | None
    asked_again: bool
    price: str
    q: str
    r: str
    points: str


def trade(settings: SessionSettings, offer: Offer, price: float, final_q: float, final_r: float) -> TradeShown:
    """Describe a trade by the offer, the price and the bundle it led to."""
    env, places = settings.environment, digits(settings)
    change_q, change_r = final_q - env.endowment_q, final_r - env.endowment_r
    good = GOOD_Q if offer.q > 0 else GOOD_R if offer.r > 0 else NOTHING
    return TradeShown(
        good=good,
        other={GOOD_Q: GOOD_R, GOOD_R: GOOD_Q, NOTHING: NOTHING}[good],
        given=fixed(offer.q + offer.r, places.goods),
        received=fixed({GOOD_Q: change_r, GOOD_R: change_q, NOTHING: 0.0}[good], places.goods),
        price=fixed(price, places.price),
        change_q=change(change_q, places.goods),
        change_r=change(change_r, places.goods),
        q=fixed(final_q, places.goods),
        r=fixed(final_r, places.goods),
    )


def inactive_trade(settings: SessionSettings, offer: Offer) -> tuple[TradeShown, float, float]:
    """The trade of an inactive agent at the fixed price, eq. (1), with the bundle it leads to."""
    env = settings.environment
    bundles = fixed_price_trade(env, [(offer.q, offer.r)]).bundles
    q, r = (max(float(amount), 0.0) for amount in bundles[0])
    return trade(settings, offer, env.fixed_price, q, r), q, r


def paid_by_state(settings: SessionSettings, type_name: str, q: float, r: float) -> tuple[PaidInState, ...]:
    """The points of a bundle in every state."""
    env, places = settings.environment, digits(settings)
    return tuple(PaidInState(text(name_of(state)), fixed(points_paid(env, type_name, state, q, r), places.points)) for state in env.states)


@once_per_settings
def payoff_rows(settings: SessionSettings, type_name: str) -> tuple[BundlePoints, ...]:
    """What a few bundles, with more of one good and less of the other, pay this type in each state."""
    rows = []
    for share in SHARES_BY_TRADING:
        q, r = share * settings.grid.endowment_q, (2 - share) * settings.grid.endowment_r
        rows.append(bundle_points(settings, type_name, q, r, no_trade=share == 1))
    return tuple(rows)


def price_making(settings: SessionSettings, market: MarketSummary, own: Offer | None, took_part: bool) -> PriceMaking | None:
    """The totals of a cleared market and where they came from; None if the market shut down."""
    if market.price is None or market.total_q is None or market.total_r is None:
        return None
    env, places = settings.environment, digits(settings)
    own_q, own_r = (own.q, own.r) if own else (0.0, 0.0)
    exogenous_q, exogenous_r = env.exogenous(settings.active).tolist()
    longer = max(market.total_q, market.total_r)
    return PriceMaking(
        q=_side(market.total_q, exogenous_q, own_q, took_part, places, longer),
        r=_side(market.total_r, exogenous_r, own_r, took_part, places, longer),
        price=fixed(market.price, places.price),
    )


def history_rows(settings: SessionSettings, records: tuple[RoundRecord, ...]) -> tuple[HistoryRow, ...]:
    """The history table, the latest round first."""
    places = digits(settings)
    return tuple(
        HistoryRow(
            round=settings.round_in_kind(record.round_number),
            practice=record.practice,
            type=text(name_of(record.type)),
            state=text(name_of(record.state)),
            active=record.active,
            first=_offer_words(record.stage1, places),
            second=_offer_words(record.stage2, places),
            asked_again=record.active and record.price is not None,
            price=fixed(record.price, places.price),
            q=fixed(record.final_q, places.goods),
            r=fixed(record.final_r, places.goods),
            points=fixed(record.points, places.points),
        )
        for record in sorted(records, key=lambda record: -record.round_number)
    )


def _side(total: float, exogenous: float, own: float, took_part: bool, places: Digits, longer: float) -> Side:
    participants = total - exogenous - own
    return Side(
        own=fixed(own, places.goods) if took_part else None,
        participants=fixed(participants, places.goods),
        exogenous=fixed(exogenous, places.goods),
        total=fixed(total, places.goods),
        bar=TotalsBar(*(f"{100 * max(part, 0.0) / longer:.3f}" for part in (own, participants, exogenous))),
    )


def _offer_words(offer: Offer | None, places: Digits) -> str | None:
    if offer is None:
        return None
    if offer.q > 0:
        return f"{fixed(offer.q, places.goods)} {GOOD_Q}"
    return f"{fixed(offer.r, places.goods)} {GOOD_R}" if offer.r > 0 else "0"
