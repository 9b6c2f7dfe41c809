"""Lines of payment: what is beyond the fee, which subjects are in a recruiter's file, and sums to the cent."""

from decimal import Decimal

from experiment.pay_sheet import PayLine, bonus_rows, sheet_rows, sums, total_rows
from experiment.payments import Payout


def line(number, label, fee, total, came=True, left=None, over=True):
    fee, total = Decimal(fee), Decimal(total)
    paid = Payout(None, Decimal(0), total - fee, fee, total, left_because=left)
    return PayLine(number, label, f"code{number}", came, over, paid)


LINES = [
    line(1, "5f3c", "2.50", "12.35"),
    line(2, "", "2.50", "7.01"),
    line(3, "6b01", "2.50", "2.50", left="no_match"),
    line(4, "7c", "2.50", "9.99", came=False),
    line(5, "8d", "2.50", "2.00"),
    line(6, "=1+1", "2.50", "5.00"),
]


def test_the_bonus_is_beyond_the_fee_and_only_of_who_has_a_label_came_and_earned_more():
    assert bonus_rows(LINES) == [["5f3c", "9.85"]]


def test_the_total_holds_the_fee_of_who_left_too():
    assert total_rows(LINES) == [["5f3c", "12.35"], ["6b01", "2.50"], ["8d", "2.00"]]


def test_sums_are_exact():
    cents = [line(number, "", "0.10", "0.30") for number in range(1, 1001)]
    assert (sums(cents).fee, sums(cents).bonus, sums(cents).total) == (Decimal("100.00"), Decimal("200.00"), Decimal("300.00"))
    assert f"{sums([]).total:.2f}" == "0.00"


def test_the_sheet_has_everybody_and_how_they_stand():
    rows = sheet_rows("abcd1234", [*LINES, line(7, "", "1", "1", over=False)], "EUR")
    assert [row[4] for row in rows] == ["finished", "finished", "no_match", "never_came", "finished", "finished", "not_over"]
    assert rows[4][5:9] == ["2.50", "-0.50", "2.00", "EUR"]
