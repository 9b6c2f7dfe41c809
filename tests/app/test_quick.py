"""A page that reads the stored values of a participant or the session does not write them; changes are stored."""

from tests.app.played import play


def test_a_page_writes_nothing_that_is_only_read(project):
    written, statements = play(project, "writes_of_kept_things", script="scenes_quick.py", fields={})
    assert (written, statements > 0) == (0, True)


def test_what_is_put_into_a_row_is_stored_however_it_is_put(project):
    each = [{"a": 1}, {"a": 1, "b": 2}, {"a": 1, "b": 2, "c": 3}, {"b": 2, "c": 3}]
    assert play(project, "kept_things", script="scenes_quick.py") == each + each


def test_all_who_wait_are_led_on_at_once_and_told_with_one_look_each(project):
    gates, led, statements, pages, left = play(project, "led_on", script="scenes_quick.py")
    assert gates == ["DrawGate"] * 3
    assert led
    assert statements == ["SELECT"] * 3
    assert set(pages) <= {"SecondOffer", "NoSecondOffer"}
    assert left == 4


def test_a_dropout_stays_at_the_gate_and_is_back_with_its_button(project):
    led, other_led, page, still_gone = play(project, "dropout_at_an_open_wait_page", script="scenes_quick.py")
    assert (led, other_led, still_gone) == (0, True, False)
    assert page in ("SecondOffer", "NoSecondOffer")


def test_who_is_led_on_while_the_slowest_are_advanced_is_not_advanced_again(project):
    pages, second = play(project, "advanced_at_a_wait_page", script="scenes_quick.py")
    assert set(pages) <= {"SecondOffer", "NoSecondOffer"}
    assert second == [[None, False]] * 4
