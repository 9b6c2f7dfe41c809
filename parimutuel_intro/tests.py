"""Bots that consent, read, and take the quiz: some answer correctly, some wrongly once and then
correctly, some wrongly until attempts are used up.
"""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from otree.api import Bot, Submission, SubmissionMustFail, expect

from experiment.leaving import reason_to_leave
from experiment.options import LEAVE
from experiment.quiz import quiz
from experiment.quiz.items import ATTEMPT, PAGES, ChoiceItem, Item, right_answer
from experiment.session import experiment_of

from . import Consent, QuizPassed, quiz_pages
from .instruction_pages import INSTRUCTIONS
from .questions import is_asked


class PlayerBot(Bot):
    cases: ClassVar[Sequence[str]] = ("right", "wrong_then_right", "all_wrong")

    def play_round(self) -> Iterator[Any]:
        yield Consent
        for page in INSTRUCTIONS:
            if page.is_displayed(self.player):
                yield page
        for page in quiz_pages:
            section = PAGES[page.__name__]
            if is_asked(self.player, section):
                yield from self.take(page, section)
        if QuizPassed.is_displayed(self.player):
            expect(self.case == "all_wrong", False)
            yield QuizPassed

    def take(self, page: type, section: str) -> Iterator[Any]:
        experiment = experiment_of(self.session)
        preparation = experiment.settings.preparation
        items = quiz(experiment.settings, experiment.seed, self.participant.id_in_session, section)
        right = {item.key: right_answer(item) for item in items}
        wrong = {item.key: wrong_answer(item) for item in items}
        attempts = preparation.quiz_attempts
        if self.case == "right" or (self.case == "wrong_then_right" and attempts == 1):
            yield page, {ATTEMPT: 1, **right}
        elif self.case == "wrong_then_right":
            yield SubmissionMustFail(page, {ATTEMPT: 1, **wrong})
            expect(self.html.count('class="why"'), len(items))
            yield page, {ATTEMPT: 2, **right}
        else:
            for attempt in range(1, attempts):
                yield SubmissionMustFail(page, {ATTEMPT: attempt, **wrong})
            if preparation.quiz_failed == LEAVE:
                yield page, {ATTEMPT: attempts, **wrong}
                expect(reason_to_leave(self.participant), "quiz_failed")
            else:
                yield SubmissionMustFail(page, {ATTEMPT: attempts, **wrong})
                yield Submission(page, {ATTEMPT: attempts + 1})


def wrong_answer(item: Item) -> str:
    if isinstance(item, ChoiceItem):
        return next(choice.name for choice in item.choices if choice.name != item.answer)
    return "7777"
