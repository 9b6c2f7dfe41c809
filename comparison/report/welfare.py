"""The section on welfare: which part of the gains from trade was realised, and where the rest went."""

from __future__ import annotations

from comparison.exhibits.cell_writers import number, percent, whole, words
from comparison.exhibits.html_page import paragraph
from comparison.exhibits.report_parts import ReportSection, TableShown
from comparison.figures.welfare import CAUSE_NAMES
from comparison.findings import Findings
from comparison.report.answers import answers
from comparison.report.terms import Drawn, figures, silent_names, spoken
from comparison.statistics.welfare import CAUSES
from theory.economy.environment import Environment

OWN_GOODS = "the efficient allocation of the market's own goods"
SHOWN = 0.005
"""Fewer points than this are written as 0.00, so the text calls them neither a loss nor a gain."""


def welfare_section(found: Findings, drawn: Drawn) -> ReportSection:
    """Gains, the split of losses, Debreu's coefficient and the dispersion of rates of substitution."""
    tables = found.tables
    quiet = silent_names(tables.cells)
    return ReportSection(
        "welfare",
        "Welfare",
        (
            paragraph(
                "Efficiency is the share of the competitive gains from trade that was realised: (points earned \u2212 points without "
                "trade) / (points at the competitive equilibrium of the state \u2212 points without trade), summed over agents and "
                "market rounds.",
                "The benchmark takes the realised state as known, and a continuum of agents in the state's proportions. So the Nash "
                "equilibrium itself differs from 1: the types reveal the state imperfectly, each offer moves the price, and a market's mix "
                "of types is not the large economy's.",
                "The share can exceed 1 or be negative, in one market and in sums: the exogenous offers and the fixed price give and take "
                "goods. For all agents it includes the inactive, who trade at p1 whatever the state.",
            ),
            *(paragraph(_efficiency_sentence(row, row["cell"] in quiet)) for row in spoken(tables.efficiency)),
            paragraph(_not_comparable(found)),
            _efficiency_table(found),
            paragraph(
                "The distance between the efficient allocation of each market's own goods and what happened is split into causes, "
                "one added "
                "after the other: some agents are inactive, the exogenous offers, the state being known only as well as the active "
                "types tell "
                "it, market power, and what subjects did other than the equilibrium.",
                "Debreu's coefficient is the share of the goods held at the end from which everybody could have been made as well "
                "off: 1 is no waste. "
                "The dispersion of marginal rates of substitution is the standard deviation of their logarithms over agents: 0 is "
                "efficient.",
            ),
            *(paragraph(loss_sentence(row)) for row in spoken(tables.welfare)),
            figures(drawn, "welfare_losses"),
            _welfare_table(found),
            *answers(found.tests, found.economies, "Does efficiency differ", "Does trade leave"),
        ),
    )


def _efficiency_sentence(row: object, quiet: bool) -> str:
    assert isinstance(row, dict)
    supposing = ", which would be played if the types were known," if quiet else ""
    return (
        f"In treatment {row['cell']}, the active subjects realised {percent(row['efficiency_active'])} of the competitive "
        f"gains; the Nash equilibrium at the same types and states{supposing} realises {percent(row['efficiency_nash_active'])}. "
        f"The competitive gain is {number(2)(row['competitive_gain_per_active'])} points per active agent and round."
    )


def loss_sentence(row: object) -> str:
    """Where the points went, worded to be true whatever the signs: parts of a difference can exceed
    it, because others have the opposite sign.
    """
    assert isinstance(row, dict)
    lost = {cause: row[f"loss_{cause}"] for cause in CAUSES}
    theory = {cause: loss for cause, loss in lost.items() if cause != "behaviour"}
    worst = max(theory, key=lambda cause: theory[cause])
    largest = (
        f"the largest loss on the way to the equilibrium is that to {CAUSE_NAMES[worst]} ({number(2)(lost[worst])})"
        if theory[worst] > SHOWN
        else "no step on the way to the equilibrium loses anything"
    )
    gains = [f"{CAUSE_NAMES[cause]} ({number(2)(-loss)})" for cause, loss in theory.items() if loss < -SHOWN]
    gained = f", and gains come with {' and '.join(gains)}" if gains else ""
    return (
        f"In treatment {row['cell']}, {_step(sum(theory.values()), 'the equilibrium pays', OWN_GOODS)}, "
        f"and {_step(lost['behaviour'], 'the offers that subjects made paid', 'the equilibrium')}. Of the steps between, "
        f"{largest}{gained}. The same welfare could have been had from {percent(row['mean_debreu'])} of the goods (Debreu)."
    )


def _step(lost: float, what: str, than: str) -> str:
    """By how much one outcome is worth less, or more, than another."""
    if abs(lost) <= SHOWN:
        return f"{what} as many points as {than}"
    return f"{what} {number(2)(abs(lost))} points per agent and round {'less' if lost > 0 else 'more'} than {than}"


def _not_comparable(found: Findings) -> str:
    """If treatments differ in what comes from outside the market, a sentence that their shares of
    gains cannot be compared.
    """
    outside = {name: _outside(economy.environment, found, name) for name, economy in found.economies.items()}
    if len(set(outside.values())) < 2:
        return ""
    inactive = [name for name, (share, *_) in outside.items() if share]
    who = "" if len(inactive) in (0, len(outside)) else f"; only in {_listed(inactive)} does anybody trade at p1"
    return (
        f"Shares of the gains of all agents are not to be compared between these treatments{who}. The inactive trade with the outside, and "
        "exogenous offers come from it: goods that a treatment gets from there, or gives away, are in its points as if they were gains "
        "from trade."
    )


def _outside(environment: Environment, found: Findings, cell: str) -> tuple[float, ...]:
    """What a treatment gets from outside its market: the share of agents who trade at p1, p1, and
    the exogenous offers per agent.
    """
    cells = found.tables.cells.set_index("cell")
    share = 1 - float(cells["active"][cell]) / float(cells["agents"][cell])
    return (share, float(environment.fixed_price) if share else 0.0, float(environment.epsilon_q), float(environment.epsilon_r))


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _efficiency_table(found: Findings) -> TableShown:
    columns = (
        ("cell", "Treatment", words), ("market_rounds", "Market rounds", whole), ("independent_units", "Independent units", whole),
        ("efficiency_active", "Active, observed", percent), ("least_unit", "least unit", percent),
        ("largest_unit", "largest unit", percent), ("efficiency_nash_active", "Active, Nash", percent),
        ("efficiency_all", "All, observed", percent), ("efficiency_nash_all", "All, Nash", percent),
    )  # fmt: skip
    return TableShown("efficiency", found.tables.efficiency, columns, "Share of the competitive gains from trade")


def _welfare_table(found: Findings) -> TableShown:
    losses = tuple((f"loss_{cause}", CAUSE_NAMES[cause], number(2)) for cause in CAUSES)
    columns = (
        ("cell", "Treatment", words), ("points_autarky", "No trade", number(2)),
        ("points_efficient", "Efficient", number(2)), ("points_observed", "Observed", number(2)), *losses,
        ("efficiency_ex_post", "Share of gains", percent), ("mean_debreu", "Debreu", number(3)),
        ("mean_mrs_dispersion", "MRS dispersion", number(3)), ("without_a_good", "Rounds without a good", whole),
    )  # fmt: skip
    note = (
        "Points as paid per agent and round; the five losses add up to efficient less observed, and a negative loss is a gain. "
        "Share of gains "
        "is (observed \u2212 no trade) / (efficient \u2212 no trade). Market rounds in which somebody ends without one of the goods "
        "have no finite "
        "dispersion and are left out of its mean."
    )
    return TableShown("welfare", found.tables.welfare, columns, "Where the gains from trade went", note)
