"""Pages of our own, added to oTree's: some that anybody may open, and some for the administrator
only.

oTree makes a route for every class with a ``url_pattern`` in a few of its modules. It does so when
it first imports ``otree.urls``, after all apps, and decides for the administrator's pages whether
they require the login. So our pages are put into these modules.
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
from starlette.responses import JSONResponse, PlainTextResponse, Response

from experiment.session import is_stored


@dataclass(frozen=True)
class Filled:
    """A template filled with variables, which no browser may cache."""

    template: str
    variables: Mapping[str, Any]


@dataclass(frozen=True)
class CsvFile:
    """A file to download, which no browser may cache."""

    name: str
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class ToReport:
    """A redirection of the administrator to the session's report."""


class Refused(ValueError):
    """A program's request that cannot be carried out. The message is one sentence, which the program gets."""


Answer = Filled | CsvFile | ToReport | None
Handler = Callable[[Any, Mapping[str, Any]], Answer]
"""Called with the session and the query or the form; returns the answer, or None if there is
nothing to show.
"""


def add_public_page(address: str, template: str, variables: Callable[[Any], Mapping[str, Any]]) -> None:
    """Let anybody open ``address``, which contains ``{session_code}``: it shows the template,
    filled from the session.

    The answer is 404 if the session is unknown or still being created.
    """

    class PublicPage(HTTPEndpoint):
        url_pattern = address

        def get(self, request: Any) -> Any:
            return render(template, variables(stored_session(request.path_params["session_code"])))

    _add(PublicPage, f"PublicPage{address}", rest)


def add_admin_page(name: str, get: Handler, post: Handler | None = None) -> None:
    """Add the page ``/name/{code}`` of each session, for the administrator.

    ``get`` is called with the session and the query, ``post`` with the session and the form. oTree
    accepts a form only from a page that this server sent to the same browser, so a page of another
    server, opened in the administrator's browser, can do nothing.
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


def add_rest_address(address: str, post: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> None:
    """Let programs with the REST key post JSON to ``address``: ``post`` is called with its fields, and its answer is sent back.

    The answer is 400 with a sentence if ``post`` raises Refused.
    """

    class RestAddress(rest.BaseRESTView):  # type: ignore[misc]
        url_pattern = address

        def post(self, **sent: Any) -> Any:
            try:
                return JSONResponse(post(sent))
            except Refused as refusal:
                return PlainTextResponse(str(refusal), status_code=400)

    _add(RestAddress, f"RestAddress{address}", rest)


def stored_session(code: str) -> Any:
    """The session that an address names; 404 if it is unknown or still being created."""
    if not code.isalnum():
        raise HTTPException(404)
    session = db.get_or_404(Session, code=code)
    if not is_stored(session):
        raise HTTPException(404)
    return session


def _add(page: type, name: str, module: ModuleType) -> None:
    if "otree.urls" in sys.modules:
        raise RuntimeError("otree.urls was imported before the apps, so no address can be added any more")
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
