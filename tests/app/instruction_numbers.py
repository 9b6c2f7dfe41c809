"""Every number that the instructions of a session have to print, section by section in the order of reading, recomputed.

From the environment file and the session config with Decimal and ``theory`` alone: nothing here knows ``experiment.instructions``
or ``experiment.shown``. English counts one thing as "one"; such a number is left out here.
"""

from __future__ import annotations

import itertools
import math
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from theory.economy.environment import read_environment
from theory.mechanism import bundles_at_price, clear_market

SHARES = tuple(map(Decimal, ("0.6", "0.8", "1", "1.2", "1.4")))
QUARTERS = ((1, 0), (0, 1), (3, 0), (0, 3), (2, 0), (0, 2), (0, 0))


class Expected:
    """The numbers of one session. ``config`` has the fields of the session config that matter, defaults included."""

    def __init__(self, path: Path, config: Mapping[str, Any], own_type: str | None = None) -> None:
        self.file = tomllib.loads(path.read_text())
        self.env = read_environment(path)
        self.config, self.own_type = config, own_type
        self.size: int = config["market_size"] or self.file["mechanism"]["agents"]
        eta = Fraction(str(self.file["mechanism"]["inactive_share"]))
        self.active = self.size if config["inactive_threat"] == "none" else math.ceil((1 - eta) * self.size)
        self.inactive = self.size - self.active
        self.q, self.r = (Decimal(str(self.file["endowment"][good])) for good in "qr")
        self.epsilon = [Decimal(str(self.file["mechanism"]["epsilon"][good])) for good in "qr"]
        self.step = Decimal(str(config["offer_grid"]))
        self.places = max(2, -int(self.step.normalize().as_tuple().exponent))
        self.price = float(self.r) / float(self.q)

    def sections(self) -> dict[str, list[str]]:
        sections = {
            "goods": self.goods(),
            "types": self.types(),
            "points": self.points(),
            "first": self.first(),
            "announcement": self.announcement(),
            "second": self.second(),
            "pay": self.pay(),
        }
        if self.config["announcement"] == "none":
            del sections["announcement"]
        return sections

    def goods(self) -> list[str]:
        if self.config["lobby_seconds"]:
            least = self.config["min_market_size"] or self.size
            numbers = [str(self.size)] if least == self.size else [str(least), str(self.size), str(self.size)]
        else:
            numbers = [str(self.size), *many(self.size - 1)]
        numbers += many(self.config["rounds"])
        numbers += many(self.config["practice_rounds"]) if self.config["practice_rounds"] else []
        return [*numbers, plain(self.q), plain(self.r)]

    def points(self) -> list[str]:
        floor = self.file["utility"].get("floor")
        numbers = [plain(Decimal(str(floor)))] if floor is not None else []
        of_q, of_r = ([(share * endowment).quantize(Decimal(1).scaleb(-self.places)) for share in SHARES] for endowment in (self.q, self.r))
        for name in sorted(self.env.types, key=lambda name: name != self.own_type):
            for z in range(len(self.env.states)):
                weight = self.env.utility.weight[self.env.types.index(name), z]
                numbers += map(plain, of_r)
                for q in of_q:
                    points = [float(self.env.utility.points(float(q), float(r), weight)) for r in of_r]
                    numbers += [plain(q), *(rounded(each if floor is None else max(each, float(floor)), 2) for each in points)]
        return numbers

    def types(self) -> list[str]:
        names, prior = self.file["types"]["names"], list(self.file["states"]["prior"].values())
        likelihood = [[self.file["likelihood"][z][x] for x in names] for z in self.file["states"]["prior"]]
        joint = [[p * row[x] for p, row in zip(prior, likelihood, strict=True)] for x in range(len(names))]
        told = natural([prior, *likelihood], least=100)
        base = int(told[0][0])
        told = told if len(prior) > 1 else told[1:]
        if len(prior) > 1 and self.config["show_posterior"]:
            told += natural([[p / sum(row) for p in row] for row in joint], least=base)
        return [number for row in told for number in row]

    def first(self) -> list[str]:
        numbers = [plain(self.q), plain(self.r), plain(self.step)]
        numbers += [str(self.config["stage1_deadline_seconds"])] if self.config["stage1_deadline_seconds"] else []
        numbers += [*self.ticks(), *self.draw()]
        price = rounded(self.price, self.price_places())
        for good in (0, 1) if self.inactive else ():
            offer = (self.part(self.q, 1), 0.0) if good == 0 else (0.0, self.part(self.r, 1))
            bundle = bundles_at_price([offer], self.price, [float(self.q), float(self.r)])[0]
            received, given = bundle[1 - good] - float((self.q, self.r)[1 - good]), self.amount(sum(offer))
            numbers += [given, given, price, self.amount(received), *self.before_and_after(bundle)]
        return numbers

    def draw(self) -> list[str]:
        groups = [str(self.size), str(self.active), str(self.inactive)]
        if not self.inactive:
            return groups
        chance = (100 * Decimal(self.inactive / self.size)).quantize(Decimal("0.1"), ROUND_HALF_UP)
        numbers = [*many(self.inactive), str(self.size), plain(chance)]
        least = self.config["min_market_size"] or self.size
        if self.config["lobby_seconds"] and least < self.size:
            numbers += [str(self.size), *self.smaller_markets(least)]
        return [*numbers, "1", rounded(self.price, self.price_places()), *many(self.active), *groups]

    def price_places(self) -> int:
        """Two, or as many as the fixed price needs for an offer of everything to come out right; never three."""
        exact = [places for places in range(2, 13) if abs(round(self.price, places) - self.price) <= 1e-9 * max(10**-places, self.price)]
        near = [places for places in range(2, 13) if float(self.q) * 0.5 * 10**-places <= 0.4 * 10**-self.places]
        return min(places for places in [*exact, *near, 12] if places != 3)

    def smaller_markets(self, least: int) -> list[str]:
        """From the first size to the last with as many inactive, and how many these are."""
        eta = Fraction(str(self.file["mechanism"]["inactive_share"]))
        inactive = {size: size - math.ceil((1 - eta) * size) for size in range(least, self.size)}
        numbers = []
        for count in dict.fromkeys(inactive.values()):
            sizes = [size for size in inactive if inactive[size] == count]
            numbers += [*map(str, dict.fromkeys([sizes[0], sizes[-1]])), *many(count)]
        return numbers

    def announcement(self) -> list[str]:
        cycle = itertools.cycle(QUARTERS)
        offers = Counter((self.part(self.q, q), self.part(self.r, r)) for q, r in itertools.islice(cycle, self.active))
        highest = max(offers.values())
        step = next(d * 10**k for k in range(9) for d in (1, 2, 5) if highest <= 5 * d * 10**k)
        numbers = [str(n) for n in range(0, max(-(-highest // step), 3) * step + 1, step)] + self.ticks()
        for (q, r), count in sorted(offers.items(), key=lambda item: item[0][1] - item[0][0]):
            numbers += [self.amount(q + r)] if q + r else []
            numbers.append(str(count))
        return numbers

    def second(self) -> list[str]:
        totals = [self.active * each for each in self.epsilon]
        alike = self.epsilon[0] == self.epsilon[1]
        numbers = [plain(self.epsilon[0]), plain(totals[0])] if alike else [*map(plain, self.epsilon), *map(plain, totals)]
        numbers.append("1")
        numbers += [str(self.config["stage2_deadline_seconds"])] if self.config["stage2_deadline_seconds"] else []
        own = (0.0, self.part(self.r, 1))
        others = [(0.0, own[1]) if n % 3 == 2 else (self.part(self.q, 1), 0.0) for n in range(self.active - 1)]
        stock = (float(self.q), float(self.r)), tuple(map(float, self.epsilon))
        met, without = clear_market([own, *others], *stock), clear_market([(0.0, 0.0), *others], *stock)
        received = self.amount(met.bundles[0][0] - float(self.q))
        price, alone = (rounded(trade.price, self.price_places()) for trade in (met, without))
        table = [
            (0.0, own[1]),
            (sum(q for q, _ in others), sum(r for _, r in others)),
            tuple(self.active * float(each) for each in self.epsilon),  # in floats, as eq. (3) adds them
            (met.total_q, met.total_r),
        ]
        given, total_q, total_r = self.amount(own[1]), self.amount(met.total_q), self.amount(met.total_r)
        numbers += [self.amount(value) for row in table for value in row]
        numbers += ["1", total_r, total_q, price, alone, given, given, total_q, total_r, received]
        return numbers + self.before_and_after(met.bundles[0])

    def pay(self) -> list[str]:
        config, rounds = self.config, self.config["rounds"]
        numbers = (many(config["result_deadline_seconds"]) if config["result_deadline_seconds"] else []) + many(rounds)
        if config["points_pay"] == "lottery":
            numbers.append(money(config["lottery_prize"]))
        else:
            numbers += ["100", money(100 * Decimal(str(config["real_world_currency_per_point"])))]
        numbers += [money(config["belief_prize"])] if config["beliefs"] else []
        numbers += [money(config[name]) for name in ("participation_fee", "payment_floor", "payment_cap") if config[name]]
        return numbers + many(rounds) + [str(n) for n in range(1, rounds + 1)]

    def amount(self, value: float) -> str:
        return rounded(value, self.places)

    def part(self, endowment: Decimal, quarters: int) -> float:
        steps = (endowment / self.step * quarters / 4).__floor__()
        return float(self.step * max(steps, 1)) if quarters else 0.0

    def before_and_after(self, bundle: Sequence[float]) -> list[str]:
        changes = [bundle[0] - float(self.q), bundle[1] - float(self.r)]
        signed = [("+" if change > 0 and float(self.amount(change)) else "") + self.amount(change) for change in changes]
        return [plain(self.q), plain(self.r), *signed, *(self.amount(float(value)) for value in bundle)]

    def ticks(self) -> list[str]:
        longest = max(self.q, self.r)
        tens = [Decimal(10) ** k for k in range(-6, 7)]
        step = next(d * ten for ten in tens for d in (1, 2, 5) if longest / (d * ten) <= 5)
        left = [plain(step * n) for n in range(int(self.q / step), 0, -1)]
        return left + [plain(step * n) for n in range(int(self.r / step) + 1)]


def natural(distributions: Sequence[Sequence[float]], least: int) -> list[list[str]]:
    """Distributions as natural frequencies of one base: of each the base, then the counts other than one."""
    wholes = [whole for whole in (100, 1000, 10_000) if whole >= least]
    chances = [p for row in distributions for p in row]
    exact = [whole for whole in wholes if all(abs(p * whole - round(p * whole)) < 1e-9 for p in chances)]
    near = [whole for whole in wholes if all(0 < n < whole for row in distributions for n in possible(row, whole))]
    whole = [*exact, *near, wholes[-1]][0]
    return [[str(whole), *itertools.chain.from_iterable(map(many, shares(row, whole)))] for row in distributions]


def possible(probabilities: Sequence[float], whole: int) -> list[int]:
    """The counts of what is neither impossible nor certain."""
    return [count for count, p in zip(shares(probabilities, whole), probabilities, strict=True) if 0 < p < 1]


def shares(probabilities: Sequence[float], whole: int) -> list[int]:
    """Whole numbers that add up: rounded down, the largest remainders up."""
    exact = [round(p * whole, 9) for p in probabilities]
    counts = [int(share) for share in exact]
    order = sorted(range(len(exact)), key=lambda i: -(exact[i] - counts[i]))
    for i in order[: whole - sum(counts)]:
        counts[i] += 1
    return counts


def many(count: int) -> list[str]:
    return [] if count == 1 else [str(count)]


def plain(amount: Decimal) -> str:
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def rounded(value: float, places: int) -> str:
    exact = Decimal(float(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, Context(prec=400))
    return f"{'−' if exact < 0 else ''}{abs(exact):f}"


def money(amount: Any) -> str:
    return f"{Decimal(str(amount)):,.2f}"
