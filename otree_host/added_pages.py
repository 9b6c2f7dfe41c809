"""Pages of our own beside oTree's: some that anybody may open, and some for the administrator only.

oTree makes a route of every class with a ``url_pattern`` in a few modules of its own. It does so when it first imports ``otree.urls``,
which is after all apps, and sets for the administrator's pages whether the login is asked for. So the pages are put into these modules.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from otree.database import db
from otree.models import Session
from otree.templating import render
from otree.views import admin, rest
from otree.views.cbv import AdminView
from starlette.endpoints import HTTPEndpoint
from starlette.exceptions import HTTPException
from starlette.responses import Response

from experiment.session import is_stored


@dataclass(frozen=True)
class Filled:
    """A template filled with variables; no browser keeps it."""

    template: str
    variables: Mapping[str, Any]


@dataclass(frozen=True)
class CsvFile:
    """A file to download; no browser keeps it."""

    name: str
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class ToReport:
    """The administrator is led to the session's report."""


Answer = Filled | CsvFile | ToReport | None
Handler = Callable[[Any, Mapping[str, Any]], Answer]
"""Answers with the session and what was asked for or sent; None where nothing is found."""


def add_public_page(address: str, template: str, variables: Callable[[Any], Mapping[str, Any]]) -> None:
    """Let anybody open ``address``, which has a place ``{session_code}``: the template, filled from the session.

    An unknown session, and one whose creation is not over, is not found.
    """

    class PublicPage(HTTPEndpoint):
        url_pattern = address

        def get(self, request: Any) -> Any:
            return render(template, variables(stored_session(request.path_params["session_code"])))

    _add(PublicPage, f"PublicPage{address}", rest)


def add_admin_page(name: str, get: Handler, post: Handler | None = None) -> None:
    """Add the page ``/name/{code}``, of a session, for the administrator.

    ``get`` is called with the session and what the address asks for, ``post`` with the session and what was sent. oTree takes a form only
    from a page that this server gave to the same browser, so that a page of another server, opened in the administrator's browser, can
    do nothing.
    """

    class AdminPage(AdminView):
        url_pattern = f"/{name}/{{code}}"

        def get(self, request: Any, code: str) -> Any:
            session = stored_session(code)
            return self._answer(session, get(session, request.query_params))

        def post(self, request: Any, code: str) -> Any:
            if post is None:
                raise HTTPException(405)
            session = stored_session(code)
            return self._answer(session, post(session, self.get_post_data()))

        def _answer(self, session: Any, answer: Answer) -> Any:
            if isinstance(answer, Filled):
                return _private(render(answer.template, answer.variables))
            if isinstance(answer, CsvFile):
                return _private(_download(answer))
            if isinstance(answer, ToReport):
                return self.redirect("AdminReport", code=session.code)
            raise HTTPException(404)

    _add(AdminPage, name, admin)


def stored_session(code: str) -> Any:
    """The session that an address names; one that is unknown, or whose creation is not over, is not found."""
    if not code.isalnum():
        raise HTTPException(404)
    session = db.get_or_404(Session, code=code)
    if not is_stored(session):
        raise HTTPException(404)
    return session


def _add(page: type, name: str, module: ModuleType) -> None:
    if "otree.urls" in sys.modules:
        raise RuntimeError("otree.urls has been imported before the apps, so that no address can be added any more")
    page.__module__ = module.__name__
    page.__name__ = page.__qualname__ = name
    setattr(module, name, page)


def _download(file: CsvFile) -> Response:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(file.rows)
    headers = {"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": f'attachment; filename="{file.name}"'}
    return Response(text.getvalue(), headers=headers)


def _private(response: Any) -> Any:
    response.headers["Cache-Control"] = "no-store"
    return response
