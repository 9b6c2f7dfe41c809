"""What counts as an answer to an item of a study's questionnaire, and how it is stored."""

from __future__ import annotations

import unicodedata
from decimal import Decimal

from experiment.language import localized, say
from experiment.offers import plain
from experiment.questionnaire import NOT_SAID, InvalidAnswer
from experiment.texts.items import CHOICE, LONGEST_LINE, LONGEST_TEXT, NUMBER, SCALE, TEXT, Item
from experiment.typed_numbers import MINUS_SIGNS, ask_back, bare, in_thousands, number


def answer(item: Item, typed: str | None) -> str:
    """The answer as it is stored; empty if there is none. Raises InvalidAnswer with one sentence."""
    text = (typed or "").replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text:
        if item.required:
            raise InvalidAnswer(say("Please answer this question."))
        return ""
    return {CHOICE: _choice, SCALE: _scale, NUMBER: _number, TEXT: _in_words}[item.type](item, text)


def example(item: Item) -> str:
    """An answer that counts, for bots."""
    if item.type == CHOICE:
        return item.options[0][0]
    if item.type == SCALE:
        return item.steps[-1]
    if item.type == NUMBER:
        nearest = min(max(0.0, -1e9 if item.least is None else item.least), 1e9 if item.most is None else item.most)
        return plain(Decimal(repr(nearest)))
    return "."


def longest_answer(item: Item) -> int:
    """The most characters of an answer."""
    return LONGEST_TEXT if item.long else LONGEST_LINE


def range_words(item: Item) -> str:
    """Which numbers are an answer, in words; empty if all are."""
    least, most = (None if bound is None else _written(bound) for bound in (item.least, item.most))
    if least is not None and most is not None:
        if item.whole:
            return say("A whole number from {least} to {most}.", least=least, most=most)
        return say("A number from {least} to {most}.", least=least, most=most)
    if least is not None:
        return say("A number of at least {least}.", least=least)
    return "" if most is None else say("A number of at most {most}.", most=most)


def _choice(item: Item, text: str) -> str:
    keys = [key for key, _ in item.options]
    if text not in (keys if item.required else [*keys, NOT_SAID]):
        raise InvalidAnswer(say("Please choose one of the answers."))
    return text


def _scale(item: Item, text: str) -> str:
    if text not in (item.steps if item.required else (*item.steps, NOT_SAID)):
        raise InvalidAnswer(say("Please choose one of the answers."))
    return text


def _number(item: Item, text: str) -> str:
    typed = bare(text)
    sign, digits = ("-", typed[1:]) if typed[:1] in MINUS_SIGNS else ("", typed)
    found = number(digits)
    if found is None:
        raise InvalidAnswer(say("Please type one number."))
    meant = in_thousands(digits)
    if meant is not None and (item.most is None or meant <= Decimal(repr(item.most))):
        raise InvalidAnswer(ask_back(digits, meant, sign))
    value = -found if sign else found
    if item.whole and value != value.to_integral_value():
        raise InvalidAnswer(say("Please type a whole number."))
    below = item.least is not None and value < Decimal(repr(item.least))
    above = item.most is not None and value > Decimal(repr(item.most))
    if below or above:
        raise InvalidAnswer(say("This number is not possible here. {range}", range=range_words(item)))
    return plain(abs(value) if value == 0 else value)


def _in_words(item: Item, text: str) -> str:
    most = longest_answer(item)
    if len(text) > most or any(unicodedata.category(character) in ("Cc", "Cs") for character in text if character not in "\n\t"):
        raise InvalidAnswer(say("Please answer in at most {most} ordinary characters.", most=most))
    return text


def _written(bound: float) -> str:
    return localized(plain(Decimal(repr(bound))))
