"""The answers of the command line as tables for people; they are given as the JSON answers are, and say the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Answer = dict[str, Any]


def check_text(answer: Answer) -> str:
    """The tables of ``check``."""
    design, types = answer["design"], list(answer["design"]["stage1_gain_percent"])
    assumed = [(name, a["status"], _number(a["number"]), a["detail"]) for name, a in answer["assumptions"].items()]
    by_type = design["stage2_gain_percent_by_type"] or dict.fromkeys(types)
    steep = [
        (
            x,
            _percent(design["stage1_gain_percent"][x]),
            _percent(by_type[x]),
            "yes" if design["alpha_star_on_grid_read_as_own_type"][x] else "NO",
        )
        for x in types
    ]
    mimicry = [
        (x, y, _percent(cost["percent_of_no_trade"]), _percent(cost["percent_of_gain"]))
        for x, costs in design["adjacent_offer_cost"].items()
        for y, cost in costs.items()
    ]
    far1, far2 = design["stage1_types_five_steps_from_zero"], design["stage2_offers_five_steps_from_zero"]
    return _join(
        _title(answer),
        _table(("assumption", "", "number", ""), assumed),
        "Gain over no trade, in percent of what no trade pays:",
        _table(("type", "stage 1, inactive", "stage 2, average", f"alpha* on the grid of {design['grid']:g} reads as it"), steep),
        f"All types together, stage 2: {_percent(design['stage2_gain_percent'])}",
        "What offering like the neighbouring type costs at stage 1:",
        _table(("type", "offers like", "of no trade", "of the gain"), mimicry),
        f"Offers at least five grid steps from zero: {_percent(100 * far1)} of the types at stage 1,"
        f" {_percent(None if far2 is None else 100 * far2)} of the agents at stage 2, weighted with their probability.",
    )


def predict_text(answer: Answer) -> str:
    """The tables of ``predict``."""
    stage1 = [
        (x, *map(_number, s["offer"]), _number(s["q1"]), "-" if s["interval"] is None else " to ".join(map(_number, s["interval"])))
        for x, s in answer["stage1"].items()
    ]
    limit = [
        (z, _number(c["price"]), x, *map(_number, c["offers"][x]), *map(_number, c["allocation"][x]))
        for z, c in answer["competitive"].items()
        for x in c["offers"]
    ]
    separating = "The optima separate." if answer["separating"] else "The optima do NOT separate: two types make the same offer."
    return _join(
        _title(answer),
        f"Stage 1, alpha*. {separating}",
        _table(("type", "offer q", "offer r", "q1", "interval"), stage1),
        "Competitive equilibrium of each state:",
        _table(("state", "price", "type", "offer q", "offer r", "q", "r"), limit),
    )


def stage2_text(answer: Answer) -> str:
    """The tables of ``stage2``."""
    rows = [
        (x, *(("-",) * 4 if offer is None else map(_number, (*offer, *answer["allocation"][x])))) for x, offer in answer["offers"].items()
    ]
    return _join(
        _table(("state", "posterior"), [(z, _number(p)) for z, p in answer["posterior"].items()]),
        f"Price {answer['price']:.6f}, totals {answer['totals'][0]:.6f} of q and {answer['totals'][1]:.6f} of r.",
        _table(("type", "offer q", "offer r", "q", "r"), rows),
        f"Largest distance from a best reply: {answer['residual']:.2g} goods.",
    )


def _title(answer: Answer) -> str:
    m = answer["mechanism"]
    return f"{answer['environment']}: {m['agents']} agents, {m['active']} active, fixed price {m['fixed_price']:g}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} %"


def _join(*parts: str) -> str:
    return "\n\n".join(parts)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)
