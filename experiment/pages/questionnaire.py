"""The questionnaire's page: the built-in questions that the session asks, then the items of its study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from experiment import questionnaire
from experiment.language import say
from experiment.questionnaire import AGE, COMMENTS, FIELD, GENDER, NOT_SAID, RISK, RISKS, InvalidAnswer
from experiment.texts import answers
from experiment.texts.items import CHOICE, NUMBER, SCALE, Item

OWN = "own_"
"""Before the id of an item, the name of its field: no item can have the name of a built-in question."""
LINE, LINES, LISTED, STEPS = "line", "lines", "listed", "steps"


@dataclass(frozen=True)
class Option:
    value: str
    words: str
    checked: bool = False


@dataclass(frozen=True)
class Question:
    """A question as the page shows it, all words safe in HTML: a field of one line or of several, or options below each other or as the
    steps of a scale, with ``not_said`` apart from them. ``note`` explains, ``problem`` says what is wrong with what was typed.
    """

    name: str
    id: str
    kind: str
    label: str
    options: tuple[Option, ...] = ()
    not_said: Option | None = None
    note: str = ""
    typed: str = ""
    problem: str = ""
    required: bool = False
    numeric: str = ""
    longest: int = 0
    short: bool = False

    @property
    def described_by(self) -> str:
        """The ids of what explains the question, for screen readers."""
        return " ".join(f"{self.id}-{part}" for part, words in (("note", self.note), ("error", self.problem)) if words)


def fields(asked: Sequence[str], items: Sequence[Item]) -> list[str]:
    """The names of the fields of the form."""
    return [*asked, *(OWN + item.id for item in items)]


def refusals(asked: Sequence[str], items: Sequence[Item], posted: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with each answer, by the name of its field; empty if all are valid."""
    wrong = questionnaire.refusals({name: posted.get(name) for name in asked})
    for item in items:
        try:
            answers.answer(item, posted.get(OWN + item.id))
        except InvalidAnswer as error:
            wrong[OWN + item.id] = str(error)
    return wrong


def own_answers(items: Sequence[Item], posted: Mapping[str, str]) -> dict[str, str]:
    """The answers to the items as they are stored, by id; empty texts where there is none."""
    return {item.id: answers.answer(item, posted.get(OWN + item.id)) for item in items}


def questionnaire_variables(asked: Sequence[str], items: Sequence[Item], posted: Mapping[str, str], judged: bool) -> dict[str, Any]:
    """The variables of the page; ``judged`` says that it is shown again with what was just ``posted``."""
    wrong = refusals(asked, items, posted) if judged else {}
    questions = [*(_BUILT_IN[name]() for name in asked), *map(_of_item, items)]
    return {
        "questions": [_as_typed(one, posted.get(one.name, ""), wrong.get(one.name, "")) for one in questions],
        "some_required": any(one.required for one in questions),
        "all_required": all(one.required for one in questions),
    }


def _as_typed(question: Question, typed: str, problem: str) -> Question:
    def marked(option: Option) -> Option:
        return replace(option, checked=option.value == typed)

    return replace(
        question,
        typed=escape(typed),
        problem=escape(problem),
        options=tuple(map(marked, question.options)),
        not_said=marked(question.not_said) if question.not_said else None,
    )


def _of_item(item: Item) -> Question:
    base = Question(OWN + item.id, f"own-{item.id}", LINE, escape(item.label), note=escape(item.note), required=item.required)
    not_said = None if item.required else _prefers_not_to_say()
    if item.type == CHOICE:
        options = tuple(Option(key, escape(words)) for key, words in item.options)
        return replace(base, kind=LISTED, options=(*options, not_said) if not_said else options)
    if item.type == SCALE:
        note = " ".join(filter(None, [base.note, escape(_ends(item))]))
        return replace(base, kind=STEPS, options=tuple(Option(step, step) for step in item.steps), not_said=not_said, note=note)
    if item.type == NUMBER:
        note = " ".join(filter(None, [base.note, answers.range_words(item)]))
        return replace(base, numeric="numeric" if item.whole and (item.least or 0) >= 0 else "decimal", longest=40, short=True, note=note)
    return replace(base, kind=LINES if item.long else LINE, longest=answers.longest_answer(item))


def _ends(item: Item) -> str:
    """What the first and the last step of a scale mean."""
    steps = item.steps
    if item.min_label and item.max_label:
        return say(
            "{least} means: {min_label}. {most} means: {max_label}.",
            least=steps[0],
            most=steps[-1],
            min_label=item.min_label,
            max_label=item.max_label,
        )
    labels = ((steps[0], item.min_label), (steps[-1], item.max_label))
    return " ".join(say("{step} means: {label}.", step=step, label=label) for step, label in labels if label)


def _age() -> Question:
    return Question(AGE, "age", LINE, say("How old are you?"), numeric="numeric", longest=3, short=True)


def _gender() -> Question:
    options = (Option("woman", say("Woman")), Option("man", say("Man")), Option("another", say("Another")), _prefers_not_to_say())
    return Question(GENDER, "gender", LISTED, say("What is your gender?"), options)


def _field() -> Question:
    return Question(FIELD, "field", LINE, say("What do you study, or have you studied?"), longest=questionnaire.LONGEST_FIELD)


def _risk() -> Question:
    return Question(
        RISK,
        "risk",
        STEPS,
        say("Are you generally a person who is fully prepared to take risks, or do you try to avoid taking risks?"),
        tuple(Option(step, step) for step in RISKS if step != NOT_SAID),
        _prefers_not_to_say(),
        note=say("0 means not at all willing to take risks, and 10 means very willing to take risks."),
    )


def _comments() -> Question:
    label = say("Is there anything you would like to tell us about this study?")
    return Question(COMMENTS, "comments", LINES, label, longest=questionnaire.LONGEST_COMMENT)


def _prefers_not_to_say() -> Option:
    return Option(NOT_SAID, say("I prefer not to say"))


_BUILT_IN = {AGE: _age, GENDER: _gender, FIELD: _field, RISK: _risk, COMMENTS: _comments}
