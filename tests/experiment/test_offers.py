"""An offer as typed: one good, from 0 to the endowment, on the grid."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiment.offers import NO_TRADE, InvalidOffer, Offer, OfferGrid, plain

NO_DIGITS_READ_HERE = "\u0969"  # Devanagari
NOT_AN_AMOUNT = ["", None, "-", ".", "-1", "-0", "+1", "10000", "0.05", "text", "nan", "inf", "-inf", "1e400", "1e1", "1_0", "0x10"]
NOT_AN_AMOUNT += ["1.2.3", "1 2", "9" * 400, "\0", NO_DIGITS_READ_HERE]
GRID = OfferGrid(Decimal("0.1"), Decimal("10.0"), Decimal("400"))


@pytest.mark.parametrize(
    ("good", "amount", "offer"),
    [
        ("q", "2.5", Offer(2.5, 0.0)),
        ("r", "2,5", Offer(0.0, 2.5)),
        ("q", " 10 ", Offer(10.0, 0.0)),
        ("r", "400.000", Offer(0.0, 400.0)),
        ("q", ".3", Offer(0.3, 0.0)),
        ("q", "0", NO_TRADE),
        ("none", "", NO_TRADE),
        ("none", None, NO_TRADE),
        ("none", "0", NO_TRADE),
    ],
)
def test_an_offer_is_read_as_typed(good, amount, offer):
    assert GRID.parse(good, amount) == offer


@pytest.mark.parametrize("good", ["q", "r"])
@pytest.mark.parametrize("amount", NOT_AN_AMOUNT)
def test_what_is_not_an_offer_gets_one_sentence(good, amount):
    with pytest.raises(InvalidOffer) as refused:
        GRID.parse(good, amount)
    assert str(refused.value).count("\n") == 0
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize("good", ["", None, "Q", "both", "q,r", "\0"])
def test_a_good_must_be_chosen(good):
    with pytest.raises(InvalidOffer, match="choose"):
        GRID.parse(good, "1")


def test_nothing_with_an_amount_is_a_contradiction():
    with pytest.raises(InvalidOffer, match="leave the amount empty"):
        GRID.parse("none", "3")


def test_more_than_the_endowment_is_refused_with_the_endowment_named():
    with pytest.raises(InvalidOffer, match=r"You have 10 of good q, so you cannot offer 10.1"):
        GRID.parse("q", "10.1")


@given(st.integers(0, 100), st.sampled_from(["q", "r"]))
def test_every_point_of_the_grid_can_be_typed_and_lies_on_it(steps, good):
    offer = GRID.parse(good, plain(steps * GRID.step))
    assert GRID.contains(offer)
    assert offer.q + offer.r == float(steps * GRID.step)


@given(st.floats(0, 10), st.booleans())
def test_the_nearest_offer_is_within_half_a_step(amount, sell):
    offer = GRID.nearest(amount, 0.0) if sell else GRID.nearest(0.0, amount)
    assert GRID.contains(offer)
    assert abs(offer.q + offer.r - amount) <= float(GRID.step) / 2 + 1e-12


def test_an_offer_of_both_goods_is_on_no_grid():
    assert not GRID.contains(Offer(1.0, 1.0))
    assert not GRID.contains(Offer(0.05, 0.0))
    assert not GRID.contains(Offer(10.1, 0.0))


def test_amounts_are_written_without_exponent_or_trailing_zeros():
    assert [plain(Decimal("10.0")), plain(400.0), plain(0.1), plain(Decimal("1E+2")), plain(0.0)] == ["10", "400", "0.1", "100", "0"]
