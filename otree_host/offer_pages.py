"""Pages whose one answer counts if it arrives before the deadline: an offer, or a list of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from starlette.datastructures import FormData

from otree_host.form_answers import LONGEST_ANSWER, shortened
from otree_host.incoming_requests import arrived
from otree_host.stage_pages import StagePage, not_kept

LONGEST_LIST = 40
SEPARATOR = ","


class OfferPage(StagePage):
    """A page with an offer: each field is answered once, and an answer after the deadline does not
    count.

    Subclasses define ``is_late(player, arrived)``, where ``arrived`` is the moment at which the
    answer came in, and ``error_message(player, values)``. After a timeout nothing in the form is
    stored. ``notes(player, sent)`` gets the side fields, with the answer and also after a timeout.
    """

    form_model = "player"

    @staticmethod
    def notes(player: Any, sent: Mapping[str, str]) -> None:
        """Called with the side fields that were sent; called again with later ones if the answer
        was refused.
        """

    def post_handle_form(self, post_data: Any) -> Any:
        self.call_user_defined("notes", {name: post_data[name] for name in self.side_fields if name in post_data})
        if self.call_user_defined("is_late", arrived()):
            self.timeout_happened = True
        return None if self.timeout_happened else super().post_handle_form(post_data)


class ListPage(OfferPage):
    """A page whose one field is posted several times, once per item of a list; the answers are
    joined, in order, by ``SEPARATOR``.

    The template's variable ``filled`` has the items of its variable ``items``, each with what was
    typed for it.
    """

    longest_answer = 2000
    items = "states"
    typed: tuple[str, ...] = ()

    def post(self) -> Any:
        if self._closes_too_early():
            return not_kept(self._redirect_to_page_the_user_should_be_on())
        (name,) = self.form_fields
        posted = self._form_data.getlist(name)[:LONGEST_LIST]
        self.typed = tuple(shortened(value, LONGEST_ANSWER) if isinstance(value, str) else "?" for value in posted)
        others = [(field, value) for field, value in self._form_data.multi_items() if field != name]
        self._form_data = FormData([*others, (name, self.joined(self.typed))])
        return super().post()

    def get_context_data(self, **context: Any) -> Any:
        shown = super().get_context_data(**context)
        typed = [*map(escape, self.typed), *[""] * len(shown[self.items])]
        shown["filled"] = list(zip(shown[self.items], typed, strict=False))
        return shown

    @staticmethod
    def joined(values: tuple[str, ...]) -> str:
        """The values as one text; a single value may already be a whole list."""
        return values[0] if len(values) == 1 else SEPARATOR.join(value.replace(SEPARATOR, ".") for value in values)
