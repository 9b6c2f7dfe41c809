"""The pages of the instructions, one for each section that a session can have, made from one
template.

A page belongs to a position in the order and not to a section, so that pages without a section come
last: oTree's back button leads to the page before, and would not get past a page that is not shown.
"""

from __future__ import annotations

from typing import Any, ClassVar

from experiment.instructions.document import SECTIONS, Instructions, instructions
from experiment.instructions.tries import tries_script
from experiment.pages.instructions import page_variables
from experiment.session import currency_of, experiment_of
from otree_host.stage_pages import SeatedPage, StagePage


class InstructionsPage:
    """The section with this ``number``, counted from 1."""

    number: ClassVar[int]
    template_name = "parimutuel_intro/Instructions.html"

    @classmethod
    def is_displayed(cls, player: Any) -> bool:
        shown = experiment_of(player.session).settings.preparation.instructions
        return shown and cls.number <= len(instructions_of(player).sections)

    @classmethod
    def vars_for_template(cls, player: Any) -> dict[str, Any]:
        return page_variables(instructions_of(player), cls.number)

    @classmethod
    def js_vars(cls, player: Any) -> dict[str, Any]:
        tried = instructions_of(player).sections[cls.number - 1].tried
        return tries_script(experiment_of(player.session).settings) if tried else {}


def instructions_of(player: Any) -> Instructions:
    """The instructions of the player's session."""
    return instructions(experiment_of(player.session).settings, currency_of(player.session))


def page_of(number: int) -> type[SeatedPage]:
    """The page of the section with this number; from the second on, a button leads back."""
    kind = SeatedPage if number > 1 else StagePage
    own = {"__module__": __name__, "number": number, "allow_back_button": number > 1}
    return type(f"Instructions{number}", (InstructionsPage, kind), own)


INSTRUCTIONS = [page_of(number) for number in range(1, len(SECTIONS) + 1)]
