"""The section on welfare: which part of the gains from trade was realised, and where the rest went."""

from __future__ import annotations

from comparison.cellwriters import number, percent, whole, words
from comparison.exhibits import Section, TableShown
from comparison.figures.welfare import CAUSE_NAMES
from comparison.findings import Findings
from comparison.page import paragraph
from comparison.report.answers import answers
from comparison.report.terms import Drawn, figures, silent_names, spoken
from comparison.welfare import CAUSES


def welfare_section(found: Findings, drawn: Drawn) -> Section:
    """Gains, the split of losses, Debreu's coefficient and the dispersion of rates of substitution."""
    tables = found.tables
    quiet = silent_names(tables.cells)
    return Section(
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
            _efficiency_table(found),
            paragraph(
                "The distance between the efficient allocation of each market's own goods and what happened is split into causes, "
                "one added "
                "after the other: some agents are inactive, the exogenous offers, the state being known only as well as the active "
                "types tell "
                "it, market power, and what subjects did other than the equilibrium.",
                "Debreu's coefficient is the part of the goods held at the end from which everybody could have been made as well "
                "off: 1 is no waste. "
                "The dispersion of marginal rates of substitution is the standard deviation of their logarithms over agents: 0 is "
                "efficient.",
            ),
            *(paragraph(_loss_sentence(row)) for row in spoken(tables.welfare)),
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


def _loss_sentence(row: object) -> str:
    assert isinstance(row, dict)
    lost = {cause: row[f"loss_{cause}"] for cause in CAUSES}
    theory = {cause: loss for cause, loss in lost.items() if cause != "behaviour"}
    worst = max(theory, key=lambda cause: theory[cause])
    return (
        f"In treatment {row['cell']}, {number(2)(sum(lost.values()))} points per agent and round lie between the efficient allocation and "
        f"what happened. {number(2)(lost['behaviour'])} of them are what subjects did other than the equilibrium; of the equilibrium's own "
        f"losses the largest is that to {CAUSE_NAMES[worst]} ({number(2)(lost[worst])}). The same welfare could have been had from "
        f"{percent(row['mean_debreu'])} of the goods (Debreu)."
    )


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
