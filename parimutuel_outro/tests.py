"""Bots that answer the questionnaire or leave it empty, and read what they are paid: that page is
the last one, and sends nothing.
"""

import re
from collections.abc import Iterator
from typing import Any

from otree.api import Bot, Submission, SubmissionMustFail, expect

from experiment.language import money
from experiment.session import currency_of, experiment_of

from . import Questionnaire

ANSWERS = {"age": "34", "gender": "another", "field_of_study": "Économie & co.", "risk": "10", "comments": "Two\r\nlines <b>and a tag</b>."}
WRONG = {"age": "15", "gender": "x", "field_of_study": "a" * 101, "risk": "11", "comments": "\0"}


class PlayerBot(Bot):
    def play_round(self) -> Iterator[Any]:
        asked = experiment_of(self.session).settings.questionnaire
        if asked:
            for question in asked:
                yield SubmissionMustFail(Questionnaire, {question: WRONG[question]})
                expect(re.findall('class="hint" id="([a-z]+)-', self.html), [question.partition("_")[0]])  # error_fields fails in a browser
                expect(self.player.field_maybe_none(question), None)
            answers = {question: ANSWERS[question] for question in asked} if self.player.id_in_group % 2 else {}
            yield Submission(Questionnaire, answers)
            expect([self.player.field_maybe_none(question) is not None for question in asked], [True] * len(asked))
        total = self.participant.payoff_plus_participation_fee()
        expect(money(total, currency_of(self.session)), "in", self.html)
