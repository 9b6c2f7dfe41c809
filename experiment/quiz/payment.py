"""Questions about the rounds: with whom they are played, which are paid, and what points are worth."""

from __future__ import annotations

from collections.abc import Iterator

from experiment.config import SessionSettings
from experiment.language import say
from experiment.market_options import RANDOM
from experiment.options import ALL_ROUNDS, LOTTERY
from experiment.quiz.amounts import shuffled
from experiment.quiz.items import PAYMENT, Choice, ChoiceItem


def people_item(settings: SessionSettings, draws: Iterator[float]) -> ChoiceItem | None:
    """Whether a subject meets the same people in every round; with one round there is nothing to
    ask.
    """
    if settings.schedule.rounds == 1:
        return None
    choices = [
        Choice("same", say("The same people in all of these rounds")),
        Choice("new", say("Participants drawn anew at random in each of these rounds")),
        Choice("chosen", say("People I choose")),
    ]
    if settings.schedule.matching == RANDOM:
        rule = say("Think of what happens to the markets when a new round begins.")
        solution = say("In every round that counts all participants are divided anew, at random, into markets.")
        answer = "new"
    else:
        rule = say("Markets are put together once. Think of what that means for the rounds that count.")
        solution = say("Markets are put together once and stay as they are in all rounds that count.")
        answer = "same"
    question = say("Who is in your market in the {rounds} rounds that count?", rounds=settings.schedule.rounds)
    return ChoiceItem("people", PAYMENT, question, rule, solution, answer, shuffled(choices, draws))


def paid_rounds_item(settings: SessionSettings, draws: Iterator[float]) -> ChoiceItem | None:
    """Which rounds are paid; practice is not. With one round there is nothing to ask. If all rounds
    are paid, a chance follows from the average points, money from the sum.
    """
    if settings.schedule.rounds == 1:
        return None
    lottery = settings.pay.points_pay == LOTTERY
    choices = [
        Choice("one_random", say("Those of one round, drawn at random among the rounds that count")),
        Choice("all", say("The average of those of all rounds that count") if lottery else say("Those of all rounds that count, added up")),
        Choice("last", say("Those of the last round")),
        Choice("best", say("Those of the round in which I earn most")),
    ]
    answer = "all" if settings.pay.paid_rounds == ALL_ROUNDS else "one_random"
    if answer == "one_random":
        solution = say(
            "One of the rounds that count is drawn at random, each with the same chance, and its points are the ones that matter."
        )
    elif lottery:
        solution = say("What matters is the average of the points of all rounds that count.")
    else:
        solution = say("The points of all rounds that count are added up.")
    return ChoiceItem(
        key="paid_rounds",
        section=PAYMENT,
        question=say("Which points decide about what you are paid?"),
        rule=say("No round is better because it comes later or went well. Think of how many of the rounds that count are used."),
        solution=solution,
        answer=answer,
        choices=shuffled(choices, draws),
    )


def lottery_item(settings: SessionSettings, draws: Iterator[float]) -> ChoiceItem | None:
    """What points are worth if they are chances."""
    if settings.pay.points_pay != LOTTERY:
        return None
    choices = [
        Choice("chance", say("More points are a higher chance to win the prize.")),
        Choice("rate", say("Points are changed into money at a fixed rate.")),
        Choice("most", say("Whoever has the most points wins the prize.")),
    ]
    return ChoiceItem(
        key="lottery",
        section=PAYMENT,
        question=say("What are your points for?"),
        rule=say("There is a prize of a fixed amount. Whether you win it does not depend on the points of others."),
        solution=say("Your points become your own chance to win the prize; the prize itself is always the same."),
        answer="chance",
        choices=shuffled(choices, draws),
    )
