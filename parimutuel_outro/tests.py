"""A bot that reads what it is paid: this page is the last one, and nothing is sent."""

from otree.api import Bot, expect


class PlayerBot(Bot):
    def play_round(self):
        total = self.participant.payoff_plus_participation_fee()
        expect(f"{float(total):.2f}", "in", self.html)
