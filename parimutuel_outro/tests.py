"""Bots that answer the questionnaire or leave empty what may be empty, and read what they are paid: that page is
the last one, and sends nothing.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from otree.api import Bot, Submission, SubmissionMustFail, expect

from experiment.language import money
from experiment.pages.questionnaire import OWN
from experiment.session import currency_of, experiment_of
from experiment.texts.answers import example

from . import Questionnaire

ANSWERS = {"age": "34", "gender": "another", "field_of_study": "Économie & co.", "risk": "10", "comments": "Two\r\nlines <b>and a tag</b>."}
WRONG = {"age": "15", "gender": "x", "field_of_study": "a" * 101, "risk": "11", "comments": "\0"}


class PlayerBot(Bot):
    def play_round(self) -> Iterator[Any]:
        experiment = experiment_of(self.session)
        asked, items = experiment.settings.questionnaire, experiment.texts.items if experiment.texts else ()
        required = {OWN + item.id: example(item) for item in items if item.required}
        if asked or items:
            for question in asked:
                yield SubmissionMustFail(Questionnaire, {question: WRONG[question], **required})
                expect(re.findall('class="hint" id="([a-z]+)-', self.html), [question.partition("_")[0]])  # error_fields fails in a browser
                expect(self.player.field_maybe_none(question), None)
            if required:
                yield SubmissionMustFail(Questionnaire, {})
                expect(self.html.count('class="hint"'), len(required))
                expect(self.player.field_maybe_none("own_answers"), None)
            every = {question: ANSWERS[question] for question in asked} | {OWN + item.id: example(item) for item in items}
            yield Submission(Questionnaire, every if self.player.id_in_group % 2 else required)
            expect([self.player.field_maybe_none(question) is not None for question in asked], [True] * len(asked))
            if items:
                expect(list(json.loads(self.player.own_answers)), [item.id for item in items])
        total = self.participant.payoff_plus_participation_fee()
        expect(money(total, currency_of(self.session)), "in", self.html)
