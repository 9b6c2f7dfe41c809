"""Bots that play a market to its end: the paper's equilibrium, the extremes of valid offers, and
invalid offers.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar

from otree.api import Bot, Submission, SubmissionMustFail, expect

from experiment.beliefs import Belief, kept_belief
from experiment.config import SessionSettings
from experiment.offers import NO_TRADE, Offer, OfferGrid, plain
from experiment.session import experiment_of
from experiment.typed_numbers import unmistakable
from parimutuel_twostage.fields import announcement_of, settings_of
from parimutuel_twostage.market import asks_for_belief
from parimutuel_twostage.pages import Beliefs, FirstOffer, Market, NoSecondOffer, Result, SecondOffer, is_in_lobby_round
from parimutuel_twostage.rows import maybe
from parimutuel_twostage.seats import nature, second_offers
from parimutuel_twostage.stage_fields import FIRST_OFFER, OFFER_FIELDS, SECOND_OFFER, offer_stage
from theory.economy.environment import Environment
from theory.equilibrium.semipooling import one_stage_offers
from theory.equilibrium.separating import announced_offer
from theory.equilibrium.stage1 import stage1_optimum
from theory.mechanism import market_trade

EQUILIBRIUM, NO_TRADE_AT_ALL, ALL_ONE_GOOD, GRID_EDGES, INVALID = CASES = (
    "equilibrium",
    "no_trade",
    "all_one_good",
    "grid_edges",
    "invalid_offers",
)
CLUMSY_SEATS = 2
"""This many seats of a market try invalid offers in the first round; with one inactive, one of them
does so at both stages.
"""


class PlayerBot(Bot):
    cases: ClassVar[Sequence[str]] = list(CASES)

    def play_round(self) -> Iterator[Any]:
        experiment = experiment_of(self.session)
        if self.round_number > experiment.settings.total_rounds:
            return
        settings = settings_of(self.group)
        if is_in_lobby_round(self.player):
            yield Market
        errs = self.case == INVALID and self.is_clumsy(settings)
        if errs:
            yield from must_fail(FirstOffer, FIRST_OFFER, settings.grid)
            expect(offer_stage(self.player, FIRST_OFFER).source, None)
        yield Submission(FirstOffer, answer(FIRST_OFFER, self.first_offer(settings)))
        if not self.player.active or self.group.shut_down:
            yield NoSecondOffer
        else:
            if asks_for_belief(self.player):
                states = settings.environment.states
                if errs:
                    yield from (SubmissionMustFail(Beliefs, {"belief": wrong}) for wrong in wrong_beliefs(len(states)))
                    expect(maybe(self.player, "belief_source"), None)
                yield Submission(Beliefs, {"belief": Belief.even(len(states)).answer})
                kept = kept_belief(self.player.belief)
                expect(kept and sum(kept.values()), 100)
            if errs:
                yield from must_fail(SecondOffer, SECOND_OFFER, settings.grid)
                expect(offer_stage(self.player, SECOND_OFFER).source, None)
            yield Submission(SecondOffer, answer(SECOND_OFFER, self.second_offer(settings)))
        self.check_round(settings)
        yield Result

    def is_clumsy(self, settings: SessionSettings) -> bool:
        if settings.is_solo(self.round_number):  # inactive in the first round and active in the second
            return self.round_number <= CLUMSY_SEATS and bool(self.participant.id_in_session == 1)
        return self.round_number == 1 and bool(self.player.id_in_group <= CLUMSY_SEATS)

    def first_offer(self, settings: SessionSettings) -> Offer:
        if self.case == EQUILIBRIUM:
            env = settings.environment
            return settings.grid.nearest(*stage1_optimum(env).offers[env.type_index(self.player.type)])
        return self.corner(settings.grid, self.participant.id_in_session)

    def second_offer(self, settings: SessionSettings) -> Offer:
        if self.case == EQUILIBRIUM and settings.rules.announcement == "histogram":
            env, own = settings.environment, offer_stage(self.player, FIRST_OFFER).offer
            assert own is not None
            bars = announcement_of(self.group).bars
            best = announced_offer(env, env.type_index(self.player.type), (own.q, own.r), bars, active=settings.active)
            return settings.grid.nearest(*best)
        if self.case == EQUILIBRIUM:
            type_index = settings.environment.type_index(self.player.type)
            return settings.grid.nearest(*unannounced_offers(settings.environment, settings.active)[type_index])
        return self.corner(settings.grid, self.participant.id_in_session + 1)

    def corner(self, grid: OfferGrid, seat: int) -> Offer:
        if self.case == ALL_ONE_GOOD:
            return Offer(float(grid.endowment_q), 0.0)
        step = float(grid.step)
        edges = (
            Offer(0.0, float(grid.endowment_r)),
            Offer(step, 0.0),
            Offer(0.0, float(grid.endowment_r - grid.step)),
            Offer(float(grid.endowment_q), 0.0),
            Offer(0.0, step),
            Offer(float(grid.endowment_q - grid.step), 0.0),
        )
        return edges[seat % len(edges)] if self.case == GRID_EDGES else NO_TRADE

    def check_round(self, settings: SessionSettings) -> None:
        """Check that what a bot sees at the end of a round follows from the offers by eq. (1)-(3)."""
        env, player, group = settings.environment, self.player, self.group
        if not player.active:
            expect(player.price, env.fixed_price)
        elif group.shut_down:
            expect((maybe(player, "price"), player.final_q, player.final_r), (None, env.endowment_q, env.endowment_r))
        else:
            experiment = experiment_of(self.session)
            active = zip(second_offers(experiment, group), nature(experiment, group).active, strict=True)
            pairs = [(offer.q, offer.r) for offer, is_active in active if is_active and offer]
            trade = market_trade(env, pairs)
            expect(player.price, trade.price)
            own = offer_stage(player, SECOND_OFFER).offer
            assert own is not None
            expect(abs(player.final_q - (env.endowment_q - own.q + own.r / trade.price)), "<", 1e-9)
            expect(abs(player.final_r - (env.endowment_r - own.r + own.q * trade.price)), "<", 1e-9)
        if self.case == NO_TRADE_AT_ALL:
            expect((player.final_q, player.final_r), (env.endowment_q, env.endowment_r))


@cache
def unannounced_offers(env: Environment, active: int) -> Any:
    """The equilibrium offers without an announcement, solved once for an economy."""
    return one_stage_offers(env, active)


def wrong_beliefs(states: int) -> list[str]:
    """Answers that are not a belief over this many states."""
    even, above = Belief.even(states).answer, ",".join(["101"] + ["0"] * (states - 1))
    return ["", "100", even + ",0", even.replace(",", ";"), even + "\0", "-1," + even, above, "nan" + even, "9" * 5000]


def answer(stage: str, offer: Offer) -> dict[str, str]:
    """What a subject types for this offer."""
    fields = OFFER_FIELDS[stage]
    if offer == NO_TRADE:
        return {fields.good: "none", fields.amount: ""}
    good, amount = ("q", offer.q) if offer.q else ("r", offer.r)
    return {fields.good: good, fields.amount: unmistakable(amount)}


def must_fail(page: type, stage: str, grid: OfferGrid) -> Iterator[Any]:
    """Every answer that is not an offer; the page must come back and nothing may be stored."""
    fields = OFFER_FIELDS[stage]
    for good, amount in invalid_answers(grid):
        posted = {fields.good: good, fields.amount: amount}
        yield SubmissionMustFail(page, {name: value for name, value in posted.items() if value is not None})


def invalid_answers(grid: OfferGrid) -> list[tuple[str | None, str | None]]:
    """Pairs of a good and an amount that no subject may offer; None if nothing is posted."""
    above, off_grid = plain(grid.endowment_q + grid.step), plain(grid.step / Decimal(2))
    amounts = (
        "-1",
        "-0.1",
        above,
        "1000000",
        off_grid,
        "",
        None,
        "much",
        "nan",
        "inf",
        "-inf",
        "1e400",
        "1e0",
        "0x1",
        "1;2",
        "३",
        "1٬000",
        "\0",
        "9" * 5000,
    )
    return [
        *((good, amount) for good in ("q", "r") for amount in amounts),
        ("none", "1"),
        ("", ""),
        (None, "1"),
        (None, None),
        ("both", "1"),
        ("q,r", "1"),
    ]
