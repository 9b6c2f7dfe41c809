"""The pages of the instructions, one for each section that a session can have, made from one template.

A page belongs to a place in the order and not to a section, so that pages without a section come last: oTree's way back leads
to the page before, and would not get past one that is not shown.
"""

from otree.api import Page

from experiment.instructions.document import SECTIONS, instructions
from experiment.session import currency_of, experiment_of
from otree_host import stage_pages


def told(player):
    """The instructions of the player's session."""
    return instructions(experiment_of(player.session).settings, currency_of(player.session))


def page_of(number):
    """The page of the section with this number, counted from 1."""

    def is_displayed(player):
        return experiment_of(player.session).settings.preparation.instructions and number <= len(told(player).sections)

    def vars_for_template(player):
        text = told(player)
        return {"instructions": text, "section": text.sections[number - 1], "number": number, "pages": len(text.sections)}

    return type(
        f"Instructions{number}",
        (Page if number > 1 else stage_pages.StagePage,),
        {
            "__module__": __name__,
            "template_name": "parimutuel_intro/Instructions.html",
            "allow_back_button": number > 1,
            "is_displayed": staticmethod(is_displayed),
            "vars_for_template": staticmethod(vars_for_template),
        },
    )


INSTRUCTIONS = [page_of(number) for number in range(1, len(SECTIONS) + 1)]
