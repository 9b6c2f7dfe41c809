"""The laboratory's sheet of payments and a recruiter's bonus files, at an address of the administrator's. With ``gate``, the only module
that touches oTree's private interface.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Sequence
from html import escape
from typing import Any

from otree.templating import render
from otree.views import admin
from otree.views.cbv import AdminView
from starlette.exceptions import HTTPException
from starlette.responses import Response

from experiment.pay_sheet import FINISHED, NEVER_CAME, NOT_OVER, PayLine, Sums, bonus_rows, sums, total_rows
from experiment.session import currency_of
from otree_host.stage_pages import stored_session
from parimutuel_twostage.records import pay_lines

ADDRESS = "/PaySheet/{code}"
TEMPLATE = "parimutuel_twostage/PaySheet.html"
FILES = {"bonus": bonus_rows, "total": total_rows}
"""The files that the address gives for ``?file=``."""


def serve_to_admin() -> None:
    """Add the address: put into a module of oTree, which makes a route of it and sets whether the login is asked for."""

    class PaySheet(AdminView):
        url_pattern = ADDRESS

        def get(self, request: Any, code: str) -> Any:
            session = stored_session(code)
            lines, wanted = pay_lines(session.get_participants()), request.query_params.get("file")
            if wanted is None:
                return _private(render(TEMPLATE, variables(session.code, lines, currency_of(session))))
            if wanted not in FILES:
                raise HTTPException(404)
            return _download(FILES[wanted](lines), f"{wanted}_{session.code}.csv")

        def post(self, request: Any, code: str) -> Any:
            raise HTTPException(405)

    if "otree.urls" in sys.modules:
        raise RuntimeError("otree.urls has been imported before the apps, so that no address can be added any more")
    PaySheet.__module__ = admin.__name__
    admin.PaySheet = PaySheet


def variables(code: str, lines: Sequence[PayLine], currency: str) -> dict[str, Any]:
    """The variables of the sheet: who came, by number, and the sums; who never came is in the last sum only."""
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
    """Why payments.csv adds up to more than what is signed for; empty where it does not."""
    absent = sum(line.status == NEVER_CAME for line in lines)
    if not absent:
        return ""
    were = "was" if absent == 1 else "were"
    return f"{absent} of the {len(lines)} places {were} never taken; payments.csv lists all places, and adds up to {sums(lines).total:.2f}."


def _not_over(lines: Sequence[PayLine]) -> str:
    open_ = sum(line.status == NOT_OVER for line in lines)
    return f"The session is not over for {open_} of those who came: until then they have the show-up fee." if open_ else ""


def _sums(found: Sums) -> dict[str, Any]:
    return {"people": found.people, "fee": f"{found.fee:.2f}", "bonus": f"{found.bonus:.2f}", "total": f"{found.total:.2f}"}


def _download(rows: Sequence[Sequence[str]], name: str) -> Any:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    headers = {"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": f'attachment; filename="{name}"'}
    return _private(Response(text.getvalue(), headers=headers))


def _private(response: Any) -> Any:
    """Names of people and money are kept by no browser."""
    response.headers["Cache-Control"] = "no-store"
    return response
