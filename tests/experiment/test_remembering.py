import gc

from experiment.config import read_settings
from experiment.language import speaking
from experiment.offers import Offer
from experiment.rounds import announce
from experiment.settings_cache import once_per_settings
from experiment.shown.histogram import chart
from experiment.shown.rules import rules

CONFIG = {"environment": "small_market", "participation_fee": 5, "real_world_currency_per_point": 0.1}


def counted():
    calls = []

    @once_per_settings
    def size(settings, extra=0):
        calls.append(id(settings))
        return settings.market_size + extra

    return size, calls


def test_an_answer_is_worked_out_once_for_the_same_settings_and_arguments():
    size, calls = counted()
    settings = read_settings(CONFIG)
    assert [size(settings), size(settings), size(settings, extra=1), size(settings, extra=1)] == [4, 4, 5, 5]
    assert len(calls) == 2


def test_other_settings_have_other_answers():
    size, calls = counted()
    one, other = read_settings(CONFIG), read_settings({**CONFIG, "market_size": 8})
    assert [size(one), size(other), size(one)] == [4, 8, 4]
    assert len(calls) == 2


def test_an_answer_goes_with_its_settings_even_where_others_take_their_place_in_memory():
    size, _ = counted()
    for wanted in (4, 8, 12, 16):
        settings = read_settings({**CONFIG, "market_size": wanted})
        assert size(settings) == wanted
        del settings
        gc.collect()


def test_each_language_has_its_own_answer():
    settings = read_settings(CONFIG)
    english = rules(settings)
    with speaking("de"):
        assert rules(settings).chances != english.chances
    assert rules(settings) is english


def test_only_the_readers_own_bar_is_marked_in_a_chart_that_all_share():
    settings = read_settings(CONFIG)
    announcement = announce([Offer(3.0, 0.0), Offer(0.0, 4.5), Offer(1.0, 0.0)], [True] * 3, shutdown_if_equal=False)
    for own in (Offer(3.0, 0.0), Offer(0.0, 4.5)):
        assert [bar.own for bar in chart(settings, announcement, own).bars].count(True) == 1
    assert not any(bar.own for bar in chart(settings, announcement, None).bars)
