"""The way back to the recruiter: which code says how the session ended for a subject, and where to
submit it.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from experiment.leaving import DECLINED, LEFT_LOBBY, NO_MATCH, QUIZ_FAILED, TIMED_OUT
from experiment.options import Recruiter

CODE = "cc"
"""The name of the code's parameter in the address, as Prolific reads it."""


@dataclass(frozen=True)
class WayBack:
    """The code to submit; and, if the recruiter has an address, the address with the code in it and
    its host's name.
    """

    code: str
    address: str | None
    host: str | None


def way_back(recruiter: Recruiter, left_because: str | None) -> WayBack | None:
    """The way back for a subject who left for this reason, or stayed to the end (None); None if
    there is no code for it.
    """
    code = {
        None: recruiter.complete,
        DECLINED: recruiter.declined,
        QUIZ_FAILED: recruiter.screened_out,
        NO_MATCH: recruiter.no_match,
        LEFT_LOBBY: recruiter.no_match,
        TIMED_OUT: recruiter.timed_out,
    }[left_because]
    if not code:
        return None
    if not recruiter.completion_url:
        return WayBack(code, None, None)
    place = urlsplit(recruiter.completion_url)
    query = [(name, value) for name, value in parse_qsl(place.query, keep_blank_values=True) if name != CODE]
    return WayBack(code, urlunsplit(place._replace(query=urlencode([*query, (CODE, code)]))), place.hostname)
