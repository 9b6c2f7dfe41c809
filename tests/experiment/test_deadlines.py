"""Deadlines: one moment for all, with a short grace for what was typed in time."""

from experiment.deadlines import GRACE_SECONDS, deadline_after, is_late, seconds_left


def test_no_limit_is_no_deadline():
    assert deadline_after(100.0, 0) is None
    assert seconds_left(None, 1e9) is None
    assert not is_late(None, 1e9)


def test_a_page_opened_later_has_less_time_but_never_none():
    deadline = deadline_after(100.0, 60)
    assert seconds_left(deadline, 110.0) == 50.0
    assert seconds_left(deadline, 500.0) == 1.0


def test_an_answer_is_late_only_after_the_grace():
    assert not is_late(160.0, 160.0 + GRACE_SECONDS)
    assert is_late(160.0, 160.1 + GRACE_SECONDS)
