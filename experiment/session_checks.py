"""Whether an environment suits a session: what is refused when a session is created, and what the
experimenter is warned about.

Refused: an offer grid so coarse that a rounded stage-1 optimum is read as another type's; a utility
without a floor under which points can be negative; robots that offer by type where no offer can
tell types apart. Warned about: nobody inactive under the paper's threat, or in practice; optima that
do not separate; an announcement that practice lacks, or a computed posterior beside the question
that it answers; a floor that binds within one grid step of the theory's prediction.
"""

from __future__ import annotations

import numpy as np

from experiment.bounds import points_bounds, worst_points
from experiment.config import SessionSettings
from experiment.config_fields import InvalidSettings
from experiment.draws import SHORT_SEED
from experiment.market_options import COMPUTERS, NONE, PAPER_THREAT, PARTICIPANTS, TYPED_ROBOTS
from experiment.offers import OfferGrid, plain
from experiment.options import LOTTERY, ONE_RANDOM
from experiment.robot_offers import groups_alike
from theory.economy.arrays import FloatArray, IntArray
from theory.economy.environment import Environment
from theory.equilibrium.stage1 import Intervals, NotSeparating, intervals, stage1_optimum, stage1_quantity
from theory.equilibrium.stage2 import solve_stage2
from theory.information.beliefs import configuration_probabilities
from theory.information.enumeration import Budget, all_configurations
from theory.mechanism import bundle_against_totals, bundles_at_price, net_offers

BUDGET = Budget(exact=5_000, most=5_000)
"""If there are more type configurations, the floor is checked near beta^sigma for this many likely
ones per state.
"""


def check_settings(settings: SessionSettings) -> tuple[str, ...]:
    """The warnings, one sentence each, for a session that can be run. Raises InvalidSettings for one that cannot."""
    environment = settings.environment
    _refuse_sizes_without_inactive(settings)
    warnings = []
    if settings.rules.inactive_threat == PAPER_THREAT and settings.inactive == 0:
        warnings.append(
            f"With {settings.market_size} agents and an inactive share of {environment.inactive_share}, nobody becomes inactive, "
            "so nothing keeps first offers serious."
        )
    warnings.extend(_odd_practice(settings))
    try:
        _refuse_coarse_grid(environment, settings.grid, intervals(environment))
    except NotSeparating as error:
        warnings.append(str(error))
    for size in settings.market_sizes:
        _refuse_missing_floor(settings.for_market(size).environment)
    _refuse_unpayable(settings)
    warnings.extend(_odd_payment(settings))
    if settings.seed is not None and settings.seed < SHORT_SEED:
        warnings.append(
            f"The seed {settings.seed} is short enough to be found by trial from the types a subject has seen, and with it all later "
            "draws: type 15 digits, or leave it empty."
        )
    if any(_floor_binds_near_equilibrium(settings.for_market(size)) for size in settings.market_sizes):
        warnings.append(
            f"The floor of {environment.utility.floor or 0.0:g} points binds within one grid step of the theory's prediction, so "
            "what is paid there differs from the utility that the prediction uses."
        )
    return tuple(warnings)


def _odd_practice(settings: SessionSettings) -> list[str]:
    """What practice against computer traders lacks. Raises InvalidSettings if they are to offer by
    types that no offer can tell apart.
    """
    odd = list[str]()
    if not settings.practises_alone or not settings.schedule.practice_rounds:
        return odd
    if settings.schedule.practice_rounds == 1 and settings.inactive:
        odd.append("With one practice round against computer traders everybody is active in it: with two, everybody is inactive once.")
    if settings.robots_offer_by_type:
        if len(groups_alike(settings.environment)) == 1:
            raise InvalidSettings(
                f"practice_with is {TYPED_ROBOTS}, but all types of environment {settings.environment.name} have the same stage-1 optimum, "
                f"so no offer can depend on a type: let it be {COMPUTERS} or {PARTICIPANTS}."
            )
        if settings.rules.announcement == NONE:
            odd.append(f"practice_with is {TYPED_ROBOTS}, but nothing is announced, so subjects never see the first offers of practice.")
    return odd


def _refuse_sizes_without_inactive(settings: SessionSettings) -> None:
    """Under the paper's threat, every market that a lobby may form must make somebody inactive."""
    if not settings.has_lobby or settings.rules.inactive_threat != PAPER_THREAT:
        return
    without = [size for size in settings.market_sizes if settings.for_market(size).inactive == 0]
    if not without:
        return
    least = max(without) + 1
    hint = f"let min_market_size be at least {least}" if least <= settings.market_size else "let market_size be larger"
    raise InvalidSettings(
        f"min_market_size is {settings.lobby.min_market_size}, but with an inactive share of {settings.environment.inactive_share} nobody "
        f"becomes inactive in a market of {max(without)}: {hint}."
    )


def _refuse_coarse_grid(environment: Environment, grid: OfferGrid, read: Intervals) -> None:
    misread = _misread_type(environment, grid, read)
    if misread is None:
        return
    finer = (grid.step / divisor for divisor in (2, 5, 10, 20, 50, 100, 200, 500, 1000))
    fitting = (step for step in finer if _misread_type(environment, OfferGrid(step, grid.endowment_q, grid.endowment_r), read) is None)
    hint = next((f"a step of {plain(step)} would do" for step in fitting), "no step of a thousandth of it would do either")
    raise InvalidSettings(
        f"offer_grid is {plain(grid.step)}, so coarse that the stage-1 optimum of type {misread}, rounded to it, is read as another "
        f"type's; {hint}."
    )


def _misread_type(environment: Environment, grid: OfferGrid, read: Intervals) -> str | None:
    for x, (q, r) in enumerate(stage1_optimum(environment).offers):
        rounded = grid.nearest(q, r)
        if read.read(stage1_quantity(environment, [rounded.q, rounded.r])) != x:
            return environment.types[x]
    return None


def _refuse_missing_floor(environment: Environment) -> None:
    worst = worst_points(environment)
    if environment.utility.floor is None and worst < 0:
        value = "minus infinity" if np.isneginf(worst) else f"{worst:.1f}"
        raise InvalidSettings(
            f"In environment {environment.name} a subject can end a round with {value} points and nobody can be made to pay: add "
            "floor = 0.0 (the least points paid) to [utility] in its file, or raise shift."
        )


def _refuse_unpayable(settings: SessionSettings) -> None:
    """Refuse payment rules that cannot achieve their purpose."""
    pay, fee = settings.pay, settings.participation_fee
    if pay.points_pay == LOTTERY:
        if not pay.lottery_prize:
            raise InvalidSettings("points_pay is lottery and lottery_prize is 0, so nothing can be won: let it be more than 0.")
        bounds = points_bounds(settings.environment, settings.active)
        if not bounds.least < bounds.most:
            raise InvalidSettings(
                f"points_pay is lottery, but every round pays {bounds.least:g} points, so points cannot determine a chance: lower "
                f"the floor of environment {settings.environment.name} or let points_pay be money."
            )
    if pay.belief_prize is not None and settings.pay.paid_rounds == ONE_RANDOM and settings.schedule.rounds < 2:
        raise InvalidSettings(
            "beliefs are paid in another round than offers, but there is one paid round only: let rounds be 2 or more, paid_rounds be all, "
            "or beliefs be false."
        )
    if pay.cap is not None and pay.cap < fee:
        raise InvalidSettings(f"payment_cap is {plain(pay.cap)}, less than participation_fee, {plain(fee)}; 0 means no cap.")


def _odd_payment(settings: SessionSettings) -> list[str]:
    """Effects of the payment rules that the experimenter may not intend."""
    pay, fee, odd = settings.pay, settings.participation_fee, []
    if pay.belief_prize == 0:
        odd.append("belief_prize is 0, so stated beliefs are asked for and nothing is paid for them.")
    if pay.asks_beliefs and settings.aids.posterior:
        odd.append(
            "show_posterior and beliefs are both on, so subjects are shown computed chances of the states before they say how likely they "
            "find each state."
        )
    if pay.points_pay == LOTTERY and pay.cap is not None and fee + pay.lottery_prize > pay.cap:
        odd.append(
            f"Show-up fee and lottery_prize together exceed payment_cap, {plain(pay.cap)}, so a winner is paid less than "
            "the prize they read about."
        )
    return odd


def _floor_binds_near_equilibrium(settings: SessionSettings) -> bool:
    env = settings.environment
    floor = -np.inf if env.utility.floor is None else env.utility.floor
    optimum = stage1_optimum(env).offers
    inactive = bundles_at_price(_one_step_around(optimum, settings.grid), env.fixed_price, env.endowment)
    equilibrium = solve_stage2(env, _some_configurations(env, settings.active))
    totals = np.stack([equilibrium.total_q, equilibrium.total_r], axis=-1)[:, None, :]
    near = _one_step_around(equilibrium.offers, settings.grid)
    others = totals - equilibrium.offers
    active = bundle_against_totals(near, others[..., 0], others[..., 1], env.endowment)
    for bundles in (inactive, active):
        q, r = np.maximum(bundles[..., 0], 0.0), np.maximum(bundles[..., 1], 0.0)
        points = env.utility.points(q[..., None], r[..., None], env.utility.weight)
        if (points[~np.isnan(points)] < floor).any():
            return True
    return False


def _one_step_around(offers: FloatArray, grid: OfferGrid) -> FloatArray:
    """Offers (..., 2) moved by -1, 0 and +1 steps along O: shape (3, ..., 2)."""
    step, most_q, most_r = float(grid.step), float(grid.endowment_q), float(grid.endowment_r)
    net = net_offers(offers)
    moved = np.stack([net - step, net, net + step])
    return np.stack([np.clip(-moved, 0.0, most_q), np.clip(moved, 0.0, most_r)], axis=-1)


def _some_configurations(environment: Environment, active: int) -> IntArray:
    """All type configurations of the active agents, or a fixed sample of likely ones if there are
    very many.
    """
    if BUDGET.affords_all(environment, active):
        counts = all_configurations(active, len(environment.types))
        return counts[configuration_probabilities(environment, counts).any(axis=1)]
    generator = np.random.default_rng(0)
    return np.concatenate([generator.multinomial(active, mu, BUDGET.exact) for mu in environment.likelihood])
