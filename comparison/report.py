"""The report, as a reader of the paper's results section would want it: design, checks, prices, offers, efficiency, learning.

Each number comes with a sentence that says what it means. Nothing is tested here: the report describes, and prints the
number of independent units beside what it describes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from comparison.benchmarks import ANNOUNCED, AUTARKY, COMPETITIVE, NASH, REPEAT_STAGE1, Economy
from comparison.figures import Figure
from comparison.measures import net
from comparison.page import (
    Column,
    alert,
    bullets,
    figures,
    folded,
    number,
    page,
    paragraph,
    percent,
    table,
    whole,
    words,
    yes_no,
)
from comparison.reading import Export, written
from comparison.summary import contradiction_rows
from comparison.tables import Tables
from comparison.validation import TOLERANCE, Checks
from experiment.config import HISTOGRAM, NO_THREAT
from theory.assumptions import informativeness

TITLE = "A two-stage market experiment beside the theory"
LONGEST_TABLE = 400
LONGEST_PROSE = 6
BENCHMARK_NAMES = {
    NASH: "Nash, true types",
    ANNOUNCED: "Nash, as announced",
    COMPETITIVE: "competitive at the state",
    "competitive_posterior": "competitive, true types",
    "nash_private": "Nash, own type only",
    "competitive_private": "competitive, own type only",
    "nash_no_information": "Nash, prior only",
    "competitive_no_information": "competitive, prior only",
    AUTARKY: "no offers",
    REPEAT_STAGE1: "first offers repeated",
}


def report_page(export: Export, checks: Checks, tables: Tables, economies: Mapping[str, Economy], drawn: Sequence[Figure]) -> str:
    """The whole report as one HTML page."""
    by_name = {figure.name: figure for figure in drawn}
    sections = [
        ("contradictions", "Rows that contradict the mechanism", _contradictions(checks, tables)) if checks.contradictions else None,
        ("design", "Design", _design(tables, economies)),
        ("data", "Data and checks", _data(export, checks, tables)),
        ("prices", "Prices", _prices(tables, by_name)),
        ("first-offers", "First offers", _first_offers(tables, by_name)),
        ("second-offers", "Second offers", _second_offers(tables, by_name)),
        ("efficiency", "Efficiency", _efficiency(tables, by_name)),
        ("learning", "Learning", _learning(tables, by_name)),
        ("definitions", "Definitions and limits", _definitions(tables)),
    ]
    return page(TITLE, _lead(tables, checks), [section for section in sections if section is not None])


def _lead(tables: Tables, checks: Checks) -> str:
    cells, used = tables.cells, int(tables.market_rounds["used"].sum())
    subjects, units = int(tables.sessions_read["participants"].sum()), int(tables.sessions_read["independent_units"].sum())
    what = (
        f"{_count(len(tables.sessions_read), 'session')} with {_count(subjects, 'participant')} in {_count(len(cells), 'treatment')}: "
        f"{_count(used, 'paid market round')} from {_count(units, 'independent unit')} (matching groups)."
    )
    agree = (
        f"{_count(len(checks.contradictions), 'cell')} of the export {'contradicts' if len(checks.contradictions) == 1 else 'contradict'} "
        "the mechanism; see the first section."
        if checks.contradictions
        else "Every row of the export agrees with the mechanism."
    )
    return paragraph(what, agree).replace("<p>", '<p class="lead">')


def _contradictions(checks: Checks, tables: Tables) -> str:
    rows = pd.DataFrame(contradiction_rows(checks))
    left_out = int((tables.market_rounds["contradicted"] & ~tables.market_rounds["practice"]).sum())
    text = paragraph(
        f"{_count(len(rows), 'cell')} of the export cannot be true, given the session's environment, its config and the offers in "
        f"the export itself.",
        f"The statistics below leave out {_count(left_out, 'paid market round')} that hold such a row; the tables by round still show them."
        if left_out
        else "No paid market round is affected.",
    )
    columns: list[Column] = [
        ("row", "Row", whole), ("column", "Column", words), ("found", "Found", words), ("implied", "Implied", words), ("rule", "By", words),
        ("participant", "Participant", words), ("round", "Round", whole), ("market", "Market", words), ("session", "Session", words),
        ("file", "File", words),
    ]  # fmt: skip
    return alert(text) + _limited(rows, columns, "Contradictions, a row being counted as a spreadsheet does", "contradictions.csv")


def _design(tables: Tables, economies: Mapping[str, Economy]) -> str:
    columns: list[Column] = [
        ("cell", "Treatment", words), ("environment", "Environment", words), ("agents", "Agents N", whole), ("active", "Active M", whole),
        ("announcement", "Announcement", words), ("grid", "Grid", number(2)), ("sessions", "Sessions", whole),
        ("independent_units", "Independent units", whole), ("market_rounds_used", "Market rounds used", whole),
    ]  # fmt: skip
    no_threat, silent = _no_threat(tables.cells), _silent(tables.cells)
    lots = (
        "nobody becomes inactive"
        if no_threat.all()
        else "N \u2212 M agents drawn at random become inactive and trade at the fixed price p1"
    )
    news = "nothing of the first offers" if silent.all() else "the histogram of their first offers"
    text = paragraph(
        "In each round nature draws a state and, given it, a type for every agent.",
        f"Everybody makes a first offer; then {lots}{_in_part(no_threat, 'nobody')}.",
        f"The M active agents learn {news}{_in_part(silent, 'nothing')}, make a second offer, and trade at p2 = R/Q, eq. (3).",
        "An independent unit is a matching group: the largest set of subjects who ever share a market.",
    )
    text += table(tables.cells, columns, "Treatments")
    text += _predictions(economies)
    return text + bullets(_cautions(tables, economies))


def _predictions(economies: Mapping[str, Economy]) -> str:
    """What the theory says before anybody plays, one row per treatment and type or state."""
    types, states = [], []
    for cell, economy in economies.items():
        env = economy.environment
        alpha = net(economy.alpha_star, env)
        for x, name in enumerate(env.types):
            low, high = (economy.lowest[x] / env.endowment_q - 1, economy.highest[x] / env.endowment_q - 1)
            types.append({"cell": cell, "type": name, "alpha": alpha[x], "low": low, "high": high})
        for z, name in enumerate(env.states):
            states.append({"cell": cell, "state": name, "prior": env.prior[z], "price": economy.price[z], "p1": env.fixed_price})
    type_columns: list[Column] = [
        ("cell", "Treatment", words), ("type", "Type", words), ("alpha", "alpha*", number(3, True)), ("low", "I(x) from", number(3, True)),
        ("high", "to", number(3, True)),
    ]  # fmt: skip
    state_columns: list[Column] = [
        ("cell", "Treatment", words), ("state", "State", words), ("prior", "Prior", number(3)), ("p1", "Fixed price p1", number(3)),
        ("price", "Competitive price", number(3)),
    ]  # fmt: skip
    note = (
        "Net offers in shares of the endowment: an offer of q is negative, an offer of r positive. I(x) holds the first offers "
        "read as type x, eq. (6)."
    )
    return table(pd.DataFrame(types), type_columns, "Predicted first offers, eq. (4)", note) + table(
        pd.DataFrame(states), state_columns, "Predicted competitive prices, r per q"
    )


def _cautions(tables: Tables, economies: Mapping[str, Economy]) -> list[str]:
    lines = []
    silent, no_threat = _silent(tables.cells), _no_threat(tables.cells)
    for index, row in enumerate(tables.cells.to_dict("records")):
        cell, economy = row["cell"], economies[row["cell"]]
        informative = informativeness(economy.environment)
        if informative.status == "failed":
            lines.append(f"Treatment {cell}: {informative.detail}; competitive prices and gains are here a point of reference only.")
        if silent[index]:
            lines.append(
                f"Treatment {cell}: nothing is announced between the stages. The prediction, shown as Nash as announced, is the "
                f"equilibrium in which the others' types stay unknown; price and offers at the true types are what would be played if "
                "they were known."
            )
        if economy.not_separating is not None:
            lines.append(
                f"Treatment {cell}: {economy.not_separating} No first offer is read as a type"
                + ("." if silent[index] else ", and there is no Nash price as announced.")
            )
        if no_threat[index]:
            lines.append(
                f"Treatment {cell}: nobody becomes inactive, so a first offer is never executed and costs nothing; alpha* is then "
                f"a point of reference, "
                "not a prediction."
            )
        if row["shutdown_if_equal"]:
            lines.append(f"Treatment {cell}: stage 2 does not take place where all agents name the same first offer (section 3.3).")
    return lines


def _data(export: Export, checks: Checks, tables: Tables) -> str:
    sessions, counts = tables.sessions_read, tables.counts
    practice = int(counts["rows_practice"].sum())
    absent, robots = (int(counts[[f"stage1_{kind}", f"stage2_{kind}"]].to_numpy().sum()) for kind in ("absent", "robot"))
    redrawn = len(checks.redrawn)
    text = paragraph(
        f"{_count(len(export.rows), 'row')} of {_count(len(sessions), 'session')} were read.",
        f"Practice rounds ({_count(practice, 'row')}) are checked and left out of all statistics."
        if practice
        else "There are no practice rounds.",
        f"{_count(len(export.unfinished), 'row')} of rounds that did not end are left out." if export.unfinished else "",
        f"Prices, bundles and points were computed again from the offers, by eq. (1) to (3), and compared at a relative tolerance "
        f"of {written(TOLERANCE)};",
        "offers were checked against the set O and the grid, and the number of active agents against M.",
        f"States, types and the draw of the inactive were drawn again from the seed for {redrawn} of {_count(len(sessions), 'session')}.",
        "Nothing contradicts." if not checks.contradictions else "What contradicts is listed in the first section.",
    )
    text += paragraph(
        f"In the paid market rounds used, {_count(absent, 'decision')} {'was' if absent == 1 else 'were'} missed and "
        f"{_count(robots, 'decision')} {'was' if robots == 1 else 'were'} made by robots.",
        "Statistics of offers use typed offers only; prices and efficiency are those of the market as it was." if absent + robots else "",
    )
    count_columns: list[Column] = [
        ("cell", "Treatment", words), ("rows", "Rows", whole), ("rows_practice", "Practice", whole),
        ("rows_contradicted", "Contradicted", whole),
        ("rows_used", "Used", whole), ("stage1_typed", "First offers typed", whole), ("stage1_absent", "missed", whole),
        ("stage1_robot", "by robots", whole), ("stage2_typed", "Second offers typed", whole), ("stage2_absent", "missed", whole),
        ("stage2_robot", "by robots", whole),
    ]  # fmt: skip
    if counts["market_rounds_shut_down"].any():
        count_columns.append(("market_rounds_shut_down", "Markets shut down", whole))
    text += table(counts, count_columns, "What was counted")
    session_columns: list[Column] = [
        ("session_code", "Session", words), ("cell", "Treatment", words), ("participants", "Participants", whole),
        ("matching", "Matching", words),
        ("independent_units", "Independent units", whole), ("practice_rounds", "Practice rounds", whole),
        ("paid_rounds", "Paid rounds played", whole),
        ("paid_rounds_planned", "planned", whole), ("seed", "Seed", words), ("draws_checked", "Draws checked", yes_no),
    ]  # fmt: skip
    files = pd.DataFrame([{"name": file.name, "kind": file.kind, "rows": file.rows} for file in export.files])
    listed = _limited(sessions, session_columns, "Sessions", "sessions_read.csv")
    listed += table(files, [("name", "File", words), ("kind", "Taken for", words), ("rows", "Rows", whole)], "Files")
    return text + folded("Sessions and files", listed)


def _prices(tables: Tables, drawn: Mapping[str, Figure]) -> str:
    prices = tables.prices.assign(name=[BENCHMARK_NAMES[benchmark] for benchmark in tables.prices["benchmark"]])
    text = paragraph(
        "Prices of the theory, and of rivals to it, stand beside the observed price of each market round.",
        "Nash at the true types is the equilibrium of stage 2 if all active types are known (Proposition 1).",
        "Nash as announced is the price if every active subject plays s2* of eq. (7) to (10): the own type as it is, the others' types "
        "as I(x) reads their first offers in the announced histogram; it differs from the former only where a first offer of an active "
        "subject was read as the wrong type's or was missed. Where nothing is announced, it is the price if everybody plays the "
        "equilibrium in which the others' types stay unknown (section 3.3 with one signal).",
        "The competitive price is that of the large economy in which the state is known (Lemma 2); a finite market need not be "
        "near it even in "
        "equilibrium, because its types reveal the state imperfectly and each offer moves the price.",
        "The others differ from these in what agents know about the state (all active types, the own type, the prior), or in that nobody "
        "offers, or that everybody repeats the first offer.",
    )
    for cell in list(dict.fromkeys(prices["cell"]))[:LONGEST_PROSE]:
        text += paragraph(_price_sentence(cell, prices, tables))
    text += figures(*_named(drawn, "prices_by_round", "prices_against_nash"))
    columns: list[Column] = [
        ("cell", "Treatment", words), ("name", "Benchmark", words), ("market_rounds", "Market rounds", whole),
        ("independent_units", "Independent units", whole), ("mean_log_deviation", "Mean ln deviation", number(3, True)),
        ("sd_log_deviation", "SD", number(3)), ("mean_abs_log_deviation", "Mean |ln deviation|", number(3)),
        ("least_unit_mean_abs", "least unit", number(3)), ("largest_unit_mean_abs", "largest unit", number(3)),
    ]  # fmt: skip
    note = (
        "ln deviation is ln(observed / benchmark); 0.1 is about 10 percent. The last two columns are the least and the largest "
        "mean over a matching group."
    )
    text += table(prices, columns, "Stage-2 prices against the theory", note)
    return text + folded("Every market round", _rounds_table(tables))


def _price_sentence(cell: str, prices: pd.DataFrame, tables: Tables) -> str:
    here = prices[prices["cell"] == cell].set_index("benchmark")
    nash, rounds = here.loc[NASH], tables.market_rounds[tables.market_rounds["used"] & (tables.market_rounds["cell"] == cell)]
    if not nash["market_rounds"]:
        return f"In treatment {cell}, no market round has both an observed price and a Nash price."
    silent = set(tables.cells.loc[_silent(tables.cells), "cell"])
    sentence = (
        f"In treatment {cell}, the observed price differs from the Nash price at the true types by {_factor(nash)} on average "
        f"(mean |ln deviation| {number(3)(nash['mean_abs_log_deviation'])}, {_count(int(nash['market_rounds']), 'market round')} in "
        f"{_count(int(nash['independent_units']), 'independent unit')}), and from the competitive price at the state by "
        f"{_factor(here.loc[COMPETITIVE])}."
    )
    misread, missed = (int((rounds[column] > 0).sum()) for column in ("misread", "missed"))
    if here.loc[ANNOUNCED, "market_rounds"] and cell in silent:
        sentence += (
            f" Nothing was announced; from the price of the equilibrium in which types stay unknown the observed price differs by "
            f"{_factor(here.loc[ANNOUNCED])}."
        )
    elif here.loc[ANNOUNCED, "market_rounds"]:
        sentence += (
            f" In {misread} of {_count(len(rounds), 'market round')} some active subject's first offer was read as another type's, and "
            f"in {missed} one was missed; from the Nash price at the announced histogram the observed price differs by "
            f"{_factor(here.loc[ANNOUNCED])}."
        )
    return sentence


def _rounds_table(tables: Tables) -> str:
    several = len(tables.cells) > 1
    columns: list[Column] = [
        ("session_code", "Session", words), ("round", "Round", words), ("market", "Market", words), ("state", "State", words),
        ("types_active", "Active types", words), ("price", "Observed price", number(3)), (f"price_{NASH}", "Nash, true types", number(3)),
        (f"price_{ANNOUNCED}", "Nash, as announced", number(3)), (f"price_{COMPETITIVE}", "Competitive", number(3)),
        (f"log_deviation_{NASH}", "ln(observed / Nash)", number(3, True)), ("misread", "Misread", whole),
        ("efficiency_active", "Efficiency", number(2)),
    ]  # fmt: skip
    rounds = tables.market_rounds
    labels = [
        ("practice" if row.practice else str(row.paid_round))
        + (", contradicted" if row.contradicted else "")
        + (", shut down" if row.shut_down else "")
        for row in rounds[["practice", "paid_round", "contradicted", "shut_down"]].itertuples()
    ]
    if several:
        columns.insert(0, ("cell", "Treatment", words))
    return _limited(rounds.assign(round=labels), columns, "Stage-2 prices by market round, r per q", "market_rounds.csv")


def _first_offers(tables: Tables, drawn: Mapping[str, Figure]) -> str:
    text = paragraph(
        "The prediction alpha* maximises expected points conditional on being inactive, eq. (4).",
        "The share inside I(x) is the share of typed first offers that eq. (7) reads as the subject's own type.",
        "Nothing was announced, so nobody could read them."
        if _silent(tables.cells).all()
        else "Where it is 100 % for every type and nobody's offer was missed, an announced histogram reveals all types to who reads it so.",
    )
    text += figures(*(figure for name, figure in drawn.items() if name.startswith("stage1_offers")))
    columns: list[Column] = [
        ("cell", "Treatment", words), ("type", "Type", words), ("offers", "Offers", whole), ("subjects", "Subjects", whole),
        ("alpha_star", "alpha*", number(3, True)), ("mean", "Mean", number(3, True)), ("sd", "SD", number(3)),
        ("mean_abs_deviation", "Mean |deviation|", number(3)), ("share_inside_interval", "Inside I(x)", percent),
    ]  # fmt: skip
    note = (
        "Typed first offers of paid rounds, net, in shares of the endowment. A subject makes several offers, so offers are not independent."
    )
    return text + table(tables.stage1_offers, columns, "First offers by type", note)


def _second_offers(tables: Tables, drawn: Mapping[str, Figure]) -> str:
    text = paragraph(
        "The prediction beta is the Nash offer at the true types of the active agents; it varies from round to round with the types.",
        "The distance from s2* is that from the offer prescribed after the announcement that was made, so it leaves out what "
        "earlier errors of others explain; where nothing is announced, from the equilibrium in which types stay unknown.",
        "An offer is on the wrong side where good q is offered although the prediction is to offer r, or the reverse.",
    )
    text += figures(*(figure for name, figure in drawn.items() if name.startswith("stage2_offers")))
    columns: list[Column] = [
        ("cell", "Treatment", words), ("type", "Type", words), ("offers", "Offers", whole), ("subjects", "Subjects", whole),
        ("mean_beta", "Mean beta", number(3, True)), ("mean", "Mean", number(3, True)), ("sd", "SD", number(3)),
        ("mean_abs_deviation", "Mean |deviation| from beta", number(3)), ("mean_abs_deviation_announced", "from s2*", number(3)),
        ("share_wrong_side", "Wrong side", percent),
    ]  # fmt: skip
    note = "Typed second offers of active subjects in paid rounds, net, in shares of the endowment."
    return text + table(tables.stage2_offers, columns, "Second offers by type", note)


def _efficiency(tables: Tables, drawn: Mapping[str, Figure]) -> str:
    text = paragraph(
        "Efficiency is the share of the competitive gains from trade that was realised: (points earned \u2212 points without "
        "trade) / (points at the "
        "competitive equilibrium of the state \u2212 points without trade), summed over agents and market rounds.",
        "The benchmark takes the realised state as known, and a continuum of agents in the state's proportions. So the Nash "
        "equilibrium itself differs from 1: the types reveal the state imperfectly, each offer moves the price, and a market's mix "
        "of types is not the large economy's.",
        "The share can exceed 1 or be negative, in one market and in sums: the exogenous offers and the fixed price give and take "
        "goods. For all agents it includes the inactive, who trade at p1 whatever the state.",
    )
    silent = set(tables.cells.loc[_silent(tables.cells), "cell"])
    for row in tables.efficiency.head(LONGEST_PROSE).to_dict("records"):
        supposing = ", which would be played if the types were known," if row["cell"] in silent else ""
        text += paragraph(
            f"In treatment {row['cell']}, the active subjects realised {percent(row['efficiency_active'])} of the competitive "
            f"gains; the Nash equilibrium at the "
            f"same types and states{supposing} realises {percent(row['efficiency_nash_active'])}. The competitive gain is "
            f"{number(2)(row['competitive_gain_per_active'])} "
            "points per active agent and round."
        )
    text += figures(*_named(drawn, "efficiency_by_round"))
    columns: list[Column] = [
        ("cell", "Treatment", words), ("market_rounds", "Market rounds", whole), ("independent_units", "Independent units", whole),
        ("efficiency_active", "Active, observed", percent), ("least_unit", "least unit", percent),
        ("largest_unit", "largest unit", percent),
        ("efficiency_nash_active", "Active, Nash", percent), ("efficiency_all", "All, observed", percent),
        ("efficiency_nash_all", "All, Nash", percent),
    ]  # fmt: skip
    return text + table(tables.efficiency, columns, "Share of the competitive gains from trade")


def _learning(tables: Tables, drawn: Mapping[str, Figure]) -> str:
    text = paragraph(
        "Distances from the prediction by paid round; with learning towards the equilibrium they would fall.",
        "States and types are drawn anew each round, so single rounds differ in how far apart the predictions are.",
    )
    text += figures(*_named(drawn, "learning_prices", "learning_offers"))
    columns: list[Column] = [
        ("cell", "Treatment", words), ("paid_round", "Paid round", whole), ("market_rounds", "Market rounds", whole),
        ("abs_log_price_deviation", "|ln(price / Nash)|", number(3)), ("abs_stage1_deviation", "|first offer \u2212 alpha*|", number(3)),
        ("abs_stage2_deviation", "|second offer \u2212 beta|", number(3)), ("efficiency_active", "Efficiency", percent),
    ]  # fmt: skip
    return text + folded("Means by round", _limited(tables.learning, columns, "Means by paid round", "learning.csv"))


def _definitions(tables: Tables) -> str:
    grid = tables.cells["grid"].max()
    return bullets(
        [
            "Prices are amounts of good r per unit of good q; deviations of prices are in natural logarithms.",
            "A net offer is the offer of r as a share of the endowment of r, minus the offer of q as a share of the endowment of q.",
            f"Offers are made on a grid (here with steps of up to {grid:g} goods), so subjects who play the theory exactly still "
            f"deviate from it by up to half a step.",
            "The Nash price at the true types counts every active agent as a player of the equilibrium, also one whose decision "
            "was missed.",
            "At an announced histogram, the others expect a subject without a first offer to offer nothing, and the subject itself is "
            "assumed to best-reply to them; the paper does not treat absence.",
            "Rounds of the same matching group are not independent. The report describes; it tests no hypothesis and claims no "
            "significance.",
            "Every table is also a CSV file and every figure an SVG file in this folder; summary.json holds the key results.",
        ]
    )


def _silent(cells: pd.DataFrame) -> pd.Series:
    """By treatment, whether nothing is announced between the stages."""
    return cells["announcement"] != HISTOGRAM


def _no_threat(cells: pd.DataFrame) -> pd.Series:
    """By treatment, whether nobody becomes inactive."""
    return (cells["inactive_threat"] == NO_THREAT) | (cells["active"] == cells["agents"])


def _in_part(concerned: pd.Series, who: str) -> str:
    return f" ({who} in some treatments)" if concerned.any() and not concerned.all() else ""


def _limited(frame: pd.DataFrame, columns: Sequence[Column], caption: str, file: str) -> str:
    note = f"The first {LONGEST_TABLE} of {len(frame)} rows; {file} holds all." if len(frame) > LONGEST_TABLE else ""
    return table(frame.head(LONGEST_TABLE), columns, caption, note)


def _named(drawn: Mapping[str, Figure], *names: str) -> list[Figure]:
    return [drawn[name] for name in names if name in drawn]


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def _factor(prices: pd.Series) -> str:
    """The mean |ln deviation| as people say it: the geometric mean of the factor between two prices."""
    return f"a factor of {math.exp(prices['mean_abs_log_deviation']):.2f}"
