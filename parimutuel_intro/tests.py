"""A bot that consents and reads the instructions."""

from otree.api import Bot

from . import INSTRUCTIONS, Consent


class PlayerBot(Bot):
    def play_round(self):
        yield Consent
        for page in INSTRUCTIONS:
            if page.is_displayed(self.player):
                yield page
