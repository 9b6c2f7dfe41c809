"""Tags for our templates, above all for sentences in the language of the session."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from otree.templating import errors, ibis_loader, nodes
from otree.templating.context import Context
from otree.templating.loader import FileReloader

from experiment.language import fill, language, one_line, places

KEPT_AT_MOST = 100
"""Texts of one ``once`` tag: the types and the market sizes of a few sessions."""


class LanguageCodeTag(nodes.Node):
    """The code of the current language, for the ``lang`` attribute: ``{% language_code %}``."""

    def wrender(self, context: Any) -> str:
        return language().code.replace("_", "-")


class ManyTag(nodes.Node):
    """Separates the two forms of a sentence with a count."""


class SayTag(nodes.Node):
    """A sentence in the language of the session, filled from the page's variables.

    ``{% say %}You have {rules.endowment_q} of good q.{% endsay %}``, or with a count that selects
    the form: ``{% say rules.others %}one other{% many %}{rules.others} others{% endsay %}``. Line
    breaks count as blanks.
    """

    def process_token(self, token: Any) -> None:
        words = token.text.split()[1:]
        if len(words) > 1:
            raise errors.TemplateSyntaxError("say takes at most one argument, the count that selects the form", token)
        self._count = nodes.Expression(words[0], token) if words else None

    def exit_scope(self) -> None:
        if not all(isinstance(child, nodes.TextNode | ManyTag) for child in self.children):
            raise errors.TemplateSyntaxError("between say and endsay only text is allowed, with {names} of variables", self.token)
        one, many, rest = self.split_children(ManyTag)
        if (many is None) != (self._count is None):
            raise errors.TemplateSyntaxError("say takes a count if and only if it has a form for many", self.token)
        self._one, self._many = (one_line("".join(child.token.text for child in form)) for form in (one, rest or ()))

    def wrender(self, context: Any) -> str:
        words = language().words
        counted = self._count
        message = words.ngettext(self._one, self._many, int(counted.eval(context))) if counted else words.gettext(self._one)
        return fill(message, {name: context.resolve(name, self.token) for name in places(message)})


class AgainTag(nodes.Node):
    """Repeats the contents of a block of the page: ``{% again heading %}``, because a page's title
    is its heading.

    oTree renders only the first block of a name.
    """

    def process_token(self, token: Any) -> None:
        self._name = token.text.split()[1]

    def wrender(self, context: Any) -> str:
        blocks = context.template.block_registry[self._name]
        return str(blocks[0].render_block(context, blocks[:])).strip()


class OnceTag(nodes.Node):
    """Renders text that depends on one variable alone once for each of its values: ``{% once
    instructions %}…{% endonce %}``.

    The enclosed part sees no other variable, so the stored text cannot be wrong for another reader.
    A server that rereads changed templates stores nothing.
    """

    def process_token(self, token: Any) -> None:
        self._name = token.text.split()[1]
        self._kept: OrderedDict[Any, str] = OrderedDict()

    def wrender(self, context: Any) -> str:
        value = context.resolve(self._name, self.token)
        key = value, language().code
        if key not in self._kept:
            text = super().wrender(Context({self._name: value}, context.template))
            if isinstance(ibis_loader, FileReloader):
                return text
            self._kept[key] = text
            if len(self._kept) > KEPT_AT_MOST:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


def register_tags() -> None:
    """Make the tags known to oTree's template engine."""
    nodes.register("language_code")(LanguageCodeTag)
    nodes.register("many")(ManyTag)
    nodes.register("say", "endsay")(SayTag)
    nodes.register("again")(AgainTag)
    nodes.register("once", "endonce")(OnceTag)
