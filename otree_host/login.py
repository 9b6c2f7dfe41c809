"""The administrator's password and the REST key: compared in constant time, with limited attempts,
and with each failure in the log.

oTree compares with ``==`` and accepts any number of passwords a second. ``incoming_requests``
delays the answer to a failure, after the database lock has been released.

Attempts at the REST key are not limited: it is random, not chosen by a person, and a limit would
let anybody behind the same address stop an export.
"""

from __future__ import annotations

import logging
import os
from functools import wraps
from math import ceil
from secrets import token_hex
from time import monotonic
from typing import Any

from otree import settings
from otree.views import admin, cbv
from starlette.responses import PlainTextResponse

from experiment.network.login_limits import FailedAttempts, readable_address, same_secret, source_of
from otree_host.incoming_requests import answer_slowly, has_rest_key

KNOWN_BROWSER = "known_browser"
"""The key in the signed cookie of a browser that has been logged in: such a browser is counted by
itself, so that another one at the same address cannot lock it out.
"""
_failed = FailedAttempts()


def attempts_limited(post: Any) -> Any:
    """Check a password only if its source has not failed too often."""

    @wraps(post)
    def posted(self: Any, request: Any) -> Any:
        seconds = ceil(_failed.seconds_to_wait(_source(request), monotonic()))
        if not seconds:
            return post(self, request)
        return PlainTextResponse(
            f"Too many wrong passwords came from your address. Try again in {seconds} seconds.", 429, {"Retry-After": str(seconds)}
        )

    return posted


def failure_noted(form_invalid: Any) -> Any:
    """Count a wrong password against its source, and note it in the log."""

    @wraps(form_invalid)
    def refused(self: Any, form: Any) -> Any:
        _failed.note(_source(self.request), monotonic())
        _report(self.request, "A wrong password")
        return form_invalid(self, form)

    return refused


def browser_remembered(form_valid: Any) -> Any:
    """Remember a browser that has logged in."""

    @wraps(form_valid)
    def accepted(self: Any, form: Any) -> Any:
        self.request.session.setdefault(KNOWN_BROWSER, token_hex(8))
        return form_valid(self, form)

    return accepted


class LoginForm(admin.LoginForm):
    """oTree's form, with the password compared in constant time."""

    def validate(self) -> bool:
        right = same_secret(self.username.data, settings.ADMIN_USERNAME) & same_secret(self.password.data, settings.ADMIN_PASSWORD)
        if not right:
            self.password.errors = ["Login failed"]
        return right


def checked_in_constant_time(validate_rest_key: Any) -> Any:
    """Check the key as oTree does, but in constant time; None if the key is right or none is
    needed.
    """

    @wraps(validate_rest_key)
    def checked(request: Any) -> Any:
        if has_rest_key(request.scope):
            return None
        if os.environ.get(cbv.REST_KEY_NAME) and request.headers.get(cbv.REST_KEY_HEADER):
            _report(request, "A wrong REST key")
        return validate_rest_key(request)

    return checked


def _report(request: Any, what: str) -> None:
    answer_slowly(request.scope)
    logging.getLogger(__name__).warning("%s came from %s.", what, readable_address(request.scope.get("client")))


def _source(request: Any) -> str:
    return str(request.session.get(KNOWN_BROWSER) or source_of(request.scope.get("client")))
