"""Each aid of the offer pages can be switched off, and then nothing of it is on the page or in the data of its script."""

import pytest

from tests.app.played import play

AIDS = ("payoff_table", "payoff_picture", "slider", "calculator", "frequencies", "history", "posterior")
MARKS = {
    "payoff_table": ['id="payoff-table"'],
    "payoff_picture": ['id="picture"', "picture.js", "picture-waits"],
    "slider": ['id="slider"', 'type="range"'],
    "calculator": ['id="guess-q"', 'id="guess-r"', 'data-show="points"', "data-outcome"],
    "frequencies": ['id="frequencies"'],
    "history": ["Your rounds so far", 'class="table numbers history"'],
    "posterior": ['id="posterior"', "Computed"],
    "log": ['id="events"', 'name="events"', "log.js"],
}
WORDS = {
    "slider": {"nothing_chosen", "offer_q", "offer_r", "offer_none"},
    "calculator": {"outcome", "points_if", "guess_q", "guess_r", "offer_first"},
}
ARITHMETIC = {"utility", "weights", "states", "fixed_price", "exogenous", "largest_guess"}


def pages(project, **fields):
    return play(project, "offer_pages", script="scenes_pages.py", fields=fields)


@pytest.fixture(scope="module")
def full(project):
    return pages(project, show_posterior=True)


@pytest.fixture(scope="module")
def bare(project):
    return pages(project, log_events=False, **{f"show_{aid}": False for aid in AIDS})


@pytest.mark.parametrize("aid", MARKS)
def test_an_aid_that_is_on_is_on_both_offer_pages(full, aid):
    for page in ("FirstOffer", "SecondOffer"):
        assert any(mark in full["texts"][page] for mark in MARKS[aid])


@pytest.mark.parametrize("aid", MARKS)
def test_an_aid_that_is_off_is_on_no_page(bare, aid):
    for page in bare["texts"].values():
        assert not any(mark in page for mark in MARKS[aid])


@pytest.mark.parametrize("aid", AIDS)
def test_one_aid_off_takes_itself_away_and_no_other(project, full, aid):
    without = pages(project, **{"show_posterior": True, f"show_{aid}": False})
    for page in ("FirstOffer", "SecondOffer"):
        gone = {other for other, marks in MARKS.items() if not any(mark in without["texts"][page] for mark in marks)}
        needs_guesses = {"payoff_picture"} if aid == "calculator" and page == "SecondOffer" else set()
        assert gone == {aid} | needs_guesses
        lost = set(full["known"][page]["words"]) - set(without["known"][page]["words"])
        assert lost == WORDS.get(aid, set()) & set(full["known"][page]["words"])


@pytest.mark.parametrize("page", ["FirstOffer", "SecondOffer"])
def test_without_preview_and_picture_the_script_is_not_told_the_utility(full, bare, page):
    assert ARITHMETIC & set(bare["known"][page]) == set()
    assert {"utility", "weights"} < set(full["known"][page])
    assert "log" in full["known"][page]
    assert "log" not in bare["known"][page]


def test_the_posterior_is_off_by_default(project):
    default = pages(project)
    for text in default["texts"].values():
        assert not any(mark in text for mark in MARKS["posterior"])
    assert all('id="frequencies"' in default["texts"][page] for page in ("FirstOffer", "SecondOffer"))


def test_where_nobody_is_inactive_there_is_no_trade_at_the_fixed_price_to_show(project):
    calm = pages(project, inactive_threat="none")
    assert not any(mark in calm["texts"]["FirstOffer"] for mark in [*MARKS["calculator"], *MARKS["payoff_picture"]])
    assert "fixed_price" not in calm["known"]["FirstOffer"]
    assert 'id="picture"' in calm["texts"]["SecondOffer"]
