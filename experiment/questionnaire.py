"""The questionnaire after the market: what may be asked, what counts as an answer, and how an
answer is stored.

Every question may be left unanswered. The question about risk is the general one of Dohmen et al.
(Journal of the European Economic Association 2011).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from experiment.language import say
from experiment.spreadsheets import plain_cell
from experiment.typed_numbers import european

AGE, GENDER, FIELD, RISK, COMMENTS = "age", "gender", "field_of_study", "risk", "comments"
NOT_SAID = "not_said"
GENDERS = ("woman", "man", "another", NOT_SAID)
RISKS = (*(str(step) for step in range(11)), NOT_SAID)
YOUNGEST, OLDEST = 16, 120
LONGEST_FIELD, LONGEST_COMMENT = 100, 2000
LONGEST_POSTED = 2 * LONGEST_COMMENT
"""A browser counts the end of a line as one character and posts it as two."""


class InvalidAnswer(ValueError):
    """What was typed is not an answer to the question. The message is one sentence for the subject."""


def answer(question: str, typed: str | None) -> str:
    """The answer as it is stored; empty if there is none. Raises InvalidAnswer with one sentence."""
    text = (typed or "").replace("\r\n", "\n").replace("\r", "\n").strip()
    return _READ[question](text) if text else ""


def refusals(typed: Mapping[str, str | None]) -> dict[str, str]:
    """What is wrong with each invalid answer, by question; empty if all are valid."""
    wrong = {}
    for question, text in typed.items():
        try:
            answer(question, text)
        except InvalidAnswer as error:
            wrong[question] = str(error)
    return wrong


def kept(question: str, typed: str | None) -> str:
    """The result of ``answer``, made safe for spreadsheets, because oTree's own exports write
    stored answers unchanged.
    """
    return plain_cell(answer(question, typed))


def rows(session: str, participant: str, asked: Sequence[str], answers: Mapping[str, str | None]) -> list[tuple[str, str, str, str]]:
    """The lines of the export: session, participant, question, answer; none for a question that was
    not asked.
    """
    return [(session, participant, item, plain_cell(text)) for item in asked if (text := answers.get(item)) is not None]


def _age(text: str) -> str:
    text = european(text)
    if not re.fullmatch(r"[0-9]{1,3}", text, re.ASCII) or not YOUNGEST <= int(text) <= OLDEST:
        raise InvalidAnswer(
            say("Please type your age as a whole number from {youngest} to {oldest}, or leave it empty.", youngest=YOUNGEST, oldest=OLDEST)
        )
    return str(int(text))


def _gender(text: str) -> str:
    if text not in GENDERS:
        raise InvalidAnswer(say("Please choose one of the answers about your gender, or none."))
    return text


def _field(text: str) -> str:
    if len(text) > LONGEST_FIELD or not _readable(text):
        raise InvalidAnswer(say("Please name your field of study in at most {most} characters, or leave it empty.", most=LONGEST_FIELD))
    return text


def _risk(text: str) -> str:
    if text not in RISKS:
        raise InvalidAnswer(say("Please choose one number from 0 to 10 about risk, or none."))
    return text


def _comments(text: str) -> str:
    if len(text) > LONGEST_COMMENT or not _readable(text.replace("\n", " ").replace("\t", " ")):
        raise InvalidAnswer(say("Please comment in at most {most} ordinary characters, or leave it empty.", most=LONGEST_COMMENT))
    return text


def _readable(text: str) -> bool:
    """Whether the text has neither control characters nor half characters, which databases refuse."""
    return not any(unicodedata.category(character) in ("Cc", "Cs") for character in text)


_READ = {AGE: _age, GENDER: _gender, FIELD: _field, RISK: _risk, COMMENTS: _comments}
