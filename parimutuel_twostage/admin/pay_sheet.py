"""The laboratory's sheet of payments, a receipt for each participant, and a recruiter's bonus files,
at an address for the administrator only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from typing import Any

from experiment.language import language
from experiment.pages.receipt import receipt
from experiment.pay_sheet import FINISHED, NEVER_CAME, NOT_OVER, PayLine, Sums, bonus_rows, sums, total_rows
from experiment.session import currency_of, experiment_of
from otree_host.added_pages import Answer, CsvFile, Filled, add_admin_page
from parimutuel_twostage.records import pay_lines
from parimutuel_twostage.rows import SessionRow

PAGE = "PaySheet"
TEMPLATE, RECEIPTS_TEMPLATE = "parimutuel_twostage/PaySheet.html", "parimutuel/Receipts.html"
RECEIPTS = "receipts"
"""The value of ``?file=`` at which the address shows the receipts."""
FILES = {"bonus": bonus_rows, "total": total_rows}
"""The files that the address returns for ``?file=``."""


def serve() -> None:
    """Add the address."""
    add_admin_page(PAGE, answer)


def answer(session: SessionRow, asked: Mapping[str, Any]) -> Answer:
    """The sheet, the receipts, or the requested file; None if there is no such file."""
    lines, wanted = pay_lines(session.get_participants()), asked.get("file")
    if wanted is None:
        return Filled(TEMPLATE, variables(session.code, lines, currency_of(session)))
    if wanted == RECEIPTS:
        return Filled(RECEIPTS_TEMPLATE, receipts(session, lines))
    if wanted not in FILES:
        return None
    return CsvFile(f"{wanted}_{session.code}.csv", FILES[wanted](lines))


def variables(code: str, lines: Sequence[PayLine], currency: str) -> dict[str, Any]:
    """The variables of the sheet: a line for each participant who came, by number, and the sums;
    the other participants appear in the last sum only.
    """
    came = [line for line in lines if line.came]
    return {
        "code": code,
        "currency": escape(currency),
        "has_labels": any(line.label for line in came),
        "lines": [_line(line) for line in came],
        "sums": _sums(sums(came)),
        "never_came": _never_came(lines),
        "not_over": _not_over(lines),
        "bonuses": len(bonus_rows(lines)),
        "totals": len(total_rows(lines)),
    }


def receipts(session: SessionRow, lines: Sequence[PayLine]) -> dict[str, Any]:
    """The variables of the receipts, for those who came, in the language of the session."""
    settings, currency, today = experiment_of(session).settings, currency_of(session), date.today()
    return {
        "language_code": language().code,
        "receipts": [
            receipt(settings, line.label, line.number, line.participant_code, line.paid, currency, today) for line in lines if line.came
        ],
    }


def _line(line: PayLine) -> dict[str, Any]:
    return {
        "number": line.number,
        "label": escape(line.label),
        "participant": line.participant_code,
        "note": "" if line.status == FINISHED else line.status.replace("_", " "),
        "fee": f"{line.paid.fee:.2f}",
        "bonus": f"{line.bonus:.2f}",
        "total": f"{line.paid.total:.2f}",
    }


def _never_came(lines: Sequence[PayLine]) -> str:
    """Why payments.csv adds up to more than the signed amounts; empty if it does not."""
    absent = sum(line.status == NEVER_CAME for line in lines)
    if not absent:
        return ""
    were = "was" if absent == 1 else "were"
    return f"{absent} of the {len(lines)} places {were} never taken; payments.csv lists all places, and adds up to {sums(lines).total:.2f}."


def _not_over(lines: Sequence[PayLine]) -> str:
    open_ = sum(line.status == NOT_OVER for line in lines)
    return f"The session is not over for {open_} of those who came: until it is, their amount is the show-up fee." if open_ else ""


def _sums(found: Sums) -> dict[str, Any]:
    return {"people": found.people, "fee": f"{found.fee:.2f}", "bonus": f"{found.bonus:.2f}", "total": f"{found.total:.2f}"}
