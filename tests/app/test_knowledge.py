"""What a subject may know, checked in every answer the server gives before the result.

Two sessions that differ only in what a subject must not know have to look the same to this subject, to the last byte but for the
codes that tell sessions apart. That is stronger than to search the pages for words, for state and type names are
common knowledge and stand on every page.
"""

import pytest

from tests.app.played import play
from tests.sizes import sized

OFFERS = [
    {"good": "q", "amount": "2"},
    {"good": "r", "amount": "1.5"},
    {"good": "none", "amount": ""},
    {"good": "q", "amount": "3.1"},
]
FIELDS = {"seed": "7"}


def played(project, offers=OFFERS, changes=(), **fields):
    return play(project, "one_round", script="scenes_knowledge.py", fields=FIELDS | fields, offers=offers, changes=list(changes))


@pytest.fixture(scope="module")
def as_drawn(project):
    return played(project)


def inactive(session):
    return session["after_draw"].index("NoSecondOffer")


def test_one_of_four_is_inactive_and_pages_differ_only_after_the_draw(as_drawn):
    assert sorted(as_drawn["after_draw"]) == ["NoSecondOffer", "SecondOffer", "SecondOffer", "SecondOffer"]
    assert len(as_drawn["before_result"][0]) > len(as_drawn["before_draw"][0]) > 5


@pytest.mark.parametrize("state", ["low", "high"])
def test_the_state_is_in_no_answer_before_the_result(project, as_drawn, state):
    assert played(project, changes=[["state", state]])["before_result"] == as_drawn["before_result"]


@pytest.mark.parametrize("other", range(4))
def test_anothers_type_is_in_no_answer_before_the_result(project, as_drawn, other):
    flipped = "green" if as_drawn["types"][other] == "blue" else "blue"
    seen = played(project, changes=[["type", other, flipped]])
    for subject in set(range(4)) - {other}:
        assert seen["before_result"][subject] == as_drawn["before_result"][subject]
    assert seen["before_result"][other] != as_drawn["before_result"][other]


def test_who_will_be_inactive_is_in_no_answer_before_the_draw(project, as_drawn):
    draws = [played(project, changes=[["draw", seed]]) for seed in range(1, sized(small=3, full=6))]
    assert len({inactive(session) for session in draws}) > 1
    assert all(session["before_draw"] == as_drawn["before_draw"] for session in draws)


def test_anothers_offer_is_in_no_answer_before_the_draw(project, as_drawn):
    for other in sized(small=(0, 3), full=range(4)):
        changed = [*OFFERS[:other], {"good": "r", "amount": "9.9"}, *OFFERS[other + 1 :]]
        seen = played(project, offers=changed)
        for subject in set(range(4)) - {other}:
            assert seen["before_draw"][subject] == as_drawn["before_draw"][subject]


def test_the_histogram_reaches_no_inactive_subject_before_the_result(project, as_drawn):
    idle = inactive(as_drawn)
    changed = [offer if seat == idle else {"good": "r", "amount": f"{seat + 3}.7"} for seat, offer in enumerate(OFFERS)]
    assert played(project, offers=changed)["before_result"][idle] == as_drawn["before_result"][idle]


def test_an_active_subject_learns_nothing_of_the_inactive_ones_offer(project, as_drawn):
    idle = inactive(as_drawn)
    changed = [{"good": "r", "amount": "9.9"} if seat == idle else offer for seat, offer in enumerate(OFFERS)]
    seen = played(project, offers=changed)
    for subject in set(range(4)) - {idle}:
        assert seen["before_result"][subject] == as_drawn["before_result"][subject]


def test_an_active_subject_learns_only_the_histogram_of_the_others(project, as_drawn):
    subject, first, second = (seat for seat in range(4) if seat != inactive(as_drawn))
    changed = list(OFFERS)
    changed[first], changed[second] = changed[second], changed[first]
    assert played(project, offers=changed)["before_result"][subject] == as_drawn["before_result"][subject]


def test_without_an_announcement_an_active_subject_learns_nothing_of_the_others(project):
    quiet = played(project, announcement="none")
    subject, *others = (seat for seat in range(4) if seat != inactive(quiet))
    changed = [{"good": "r", "amount": "9.9"} if seat in others else offer for seat, offer in enumerate(OFFERS)]
    assert played(project, offers=changed, announcement="none")["before_result"][subject] == quiet["before_result"][subject]


def test_no_answer_holds_the_code_of_another_participant(as_drawn):
    for subject, answers in enumerate(as_drawn["before_result"]):
        for answer in answers:
            assert not any(f"subject-{other}" in answer for other in set(range(4)) - {subject})


@pytest.mark.parametrize("inactive_see_market", [True, False])
def test_what_reaches_a_page_at_all_holds_no_more_than_the_subject_may_know(project, inactive_see_market):
    before, drawn, over = play(
        project, "what_seats_know", script="scenes_knowledge.py", fields={"inactive_see_market": inactive_see_market}
    )
    nothing = {"hears": False, "state": None, "ends": False, "market": False, "history": 0}
    assert before == [{"active": None, **nothing}] * 4
    assert sorted(seat["active"] for seat in drawn) == [False, True, True, True]
    assert drawn == [{"active": seat["active"], **nothing, "hears": seat["active"]} for seat in drawn]
    for seat in over:
        assert (seat["ends"], seat["history"], seat["hears"]) == (True, 1, seat["active"])
        assert seat["state"] in ("low", "high")
        assert seat["market"] == (seat["active"] or inactive_see_market)
