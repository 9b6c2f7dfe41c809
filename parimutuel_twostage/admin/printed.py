"""The instructions of a session on one page, for the laboratory's printer: what everybody may know,
at a fixed address.
"""

from __future__ import annotations

from typing import Any

from experiment.instructions.document import instructions
from experiment.language import language
from experiment.session import currency_of, experiment_of
from otree_host.added_pages import add_public_page
from parimutuel_twostage.rows import SessionRow

ADDRESS = "/instructions/{session_code}"
TEMPLATE = "parimutuel/InstructionsPrinted.html"


def serve() -> None:
    """Add the address, which anybody may open."""
    add_public_page(ADDRESS, TEMPLATE, variables)


def variables(session: SessionRow) -> dict[str, Any]:
    """The variables of the page: from the session's settings only, never from its seed, its draws
    or its participants.
    """
    return {"instructions": instructions(experiment_of(session).settings, currency_of(session)), "language_code": language().code}
