"""The session config: read whole, or refused with one sentence that says what would be right."""

from decimal import Decimal

import pytest

from experiment.config import DEFAULTS, ENVIRONMENTS, environment_names, largest_rounds, read_settings, readable_environments, renamed
from experiment.config_fields import InvalidSettings
from experiment.events import EVENT_COLUMNS
from experiment.export import BELIEF_COLUMNS, DECISION_COLUMNS, PAYMENT_COLUMNS, QUESTIONNAIRE_COLUMNS, SESSION_COLUMNS
from experiment.market_options import Deadlines

CONFIG = {**DEFAULTS, "environment": "mixed_values", "participation_fee": 5.0, "real_world_currency_per_point": 0.2}


def settings(**fields):
    return read_settings({**CONFIG, **fields})


def test_the_defaults_are_the_paper_as_it_stands():
    read = settings()
    assert (read.market_size, read.active, read.inactive) == (12, 10, 2)
    assert (read.rules.announcement, read.rules.inactive_threat, read.rules.shutdown_if_equal) == ("histogram", "paper", False)
    assert read.seed is None
    assert read.money_per_point == Decimal("0.2")


@pytest.mark.parametrize("name", environment_names())
def test_every_shipped_environment_can_be_played(name):
    assert settings(environment=name).environment.name == name


def test_market_size_goes_before_the_file():
    assert settings(market_size=24).active == 20
    assert settings(market_size=0).market_size == 12


def test_random_matching_may_have_one_clock_where_no_round_follows_another():
    assert settings(matching="random", stage1_deadline_seconds=60, rounds=1, practice_rounds=2).deadlines.stage1 == 60


def test_a_stored_session_is_read_whatever_is_refused_to_a_new_one():
    environment = settings().environment
    assert read_settings({**CONFIG, "matching": "random", "stage1_deadline_seconds": 60}, environment=environment).deadlines.stage1 == 60


def test_without_the_threat_everybody_is_active():
    assert (settings(inactive_threat="none").active, settings(inactive_threat="none").inactive) == (12, 0)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"environment": "nowhere"}, "mixed_values, nearly_common"),
        ({"environment": "../settings"}, "must name a file"),
        ({"environment": 3}, "must name a file"),
        ({"market_size": 1}, "at least 2"),
        ({"market_size": -4}, "whole number"),
        ({"market_size": 2.5}, "whole number"),
        ({"rounds": 0}, "from 1"),
        ({"rounds": "ten"}, "whole number"),
        ({"rounds": True}, "whole number"),
        ({"practice_rounds": -1}, "from 0"),
        ({"matching": "stranger"}, "fixed or random"),
        ({"matching": "random", "stage1_deadline_seconds": 60}, "stage2_deadline_seconds and result_deadline_seconds must be set too"),
        (
            {"matching": "random", "stage1_deadline_seconds": 60, "stage2_deadline_seconds": 60},
            "stage2_deadline_seconds and result_deadline_seconds must be set too",
        ),
        ({"stage1_deadline_seconds": -5}, "stage1_deadline_seconds"),
        ({"stage2_deadline_seconds": float("nan")}, "stage2_deadline_seconds"),
        ({"result_deadline_seconds": None}, "result_deadline_seconds"),
        ({"seed": "abc"}, "from 1 to 9007199254740991"),
        ({"seed": 2**53}, "from 1 to 9007199254740991"),
        ({"seed": 1.5}, "seed"),
        ({"offer_grid": 0.3}, "for example"),
        ({"offer_grid": 0}, "positive step"),
        ({"offer_grid": -0.1}, "positive step"),
        ({"offer_grid": "nan"}, "finite"),
        ({"offer_grid": "fine"}, "number"),
        ({"offer_grid": 20}, "divides both endowments"),
        ({"paid_rounds": "two"}, "one_random or all"),
        ({"announcement": "mean"}, "histogram or none"),
        ({"inactive_threat": ""}, "paper or none"),
        ({"shutdown_if_equal": "yes"}, "true or false"),
        ({"inactive_see_market": 1}, "true or false"),
        ({"treatment": "=SUM(A1)"}, "label"),
        ({"treatment": ""}, "label"),
        ({"offer_grid": 1e-300}, "at most 100000 steps"),
        ({"offer_grid": "1e-99999999"}, "at most 100000 steps"),
        ({"offer_grid": "sNaN"}, "finite"),
        ({"offer_grid": "x" * 3000}, "number"),
        ({"participation_fee": -1}, "between 0 and"),
        ({"participation_fee": True}, "number"),
        ({"real_world_currency_per_point": [0, [1], 0]}, "number"),
        ({"real_world_currency_per_point": None}, "number"),
        ({"real_world_currency_per_point": 1e25}, "between 0 and"),
        ({"real_world_currency_per_point": "inf"}, "finite"),
    ],
)
def test_a_wrong_config_gets_one_sentence(fields, words):
    with pytest.raises(InvalidSettings) as refused:
        settings(**fields)
    sentence = str(refused.value)
    assert words in sentence
    assert "\n" not in sentence
    assert len(sentence) < 300
    assert sentence.endswith(".")


def test_files_that_are_no_environments_are_left_out_by_name(tmp_path):
    good = (ENVIRONMENTS / "small_market.toml").read_text()
    for name in ("good.toml", ".#good.toml", "my env.toml", "good.toml~"):
        (tmp_path / name).write_text(good)
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "half.toml").write_text(good[:100])
    (tmp_path / "empty.toml").write_text("")
    found, left_out = readable_environments(tmp_path)
    assert list(found) == ["good"]
    assert [sentence.split(" is left out: ")[0] for sentence in left_out] == ["environments/empty.toml", "environments/half.toml"]


def test_a_mistyped_field_is_named_and_another_app_s_field_is_not():
    with pytest.raises(InvalidSettings, match="did you mean stage1_deadline_seconds"):
        settings(stage1_second=60)
    assert settings(use_browser_bots=True, another_field=1).treatment == "baseline"


EARLIER = {
    "stage1_seconds": "stage1_deadline_seconds",
    "stage2_seconds": "stage2_deadline_seconds",
    "result_seconds": "result_deadline_seconds",
}


def test_a_field_is_still_read_under_its_earlier_name_also_laid_over_the_defaults():
    given = {**CONFIG, "stage1_seconds": 90, "stage2_seconds": 120, "result_seconds": 45}
    without = {name: value for name, value in given.items() if name not in EARLIER.values()}
    assert read_settings(given).deadlines == read_settings(without).deadlines == Deadlines(90, 120, 45)
    assert not EARLIER.keys() & renamed(given).keys()


@pytest.mark.parametrize("was", EARLIER)
def test_a_field_that_is_given_under_both_names_is_refused_unless_they_agree(was):
    assert read_settings({**CONFIG, was: 60, EARLIER[was]: 60})
    with pytest.raises(InvalidSettings, match=f"{was} is the earlier name of {EARLIER[was]}, and both are given"):
        read_settings({**CONFIG, was: 60, EARLIER[was]: 90})
    with pytest.raises(InvalidSettings, match="both are given"):
        renamed({was: 60, EARLIER[was]: 0}, {})


def test_no_session_field_has_the_name_of_an_export_column_that_means_something_else():
    columns = {*DECISION_COLUMNS, *SESSION_COLUMNS, *PAYMENT_COLUMNS, *BELIEF_COLUMNS, *QUESTIONNAIRE_COLUMNS, *EVENT_COLUMNS}
    assert columns & DEFAULTS.keys() == {"environment", "treatment"}, "name here a column that repeats what the config says"


@pytest.mark.parametrize(("participants", "near"), [(11, "example 12"), (25, "24 or 36"), (0, "example 12"), (-4, "example 12")])
def test_participants_that_do_not_fit_are_told_which_numbers_do(participants, near):
    with pytest.raises(InvalidSettings, match=near):
        read_settings(CONFIG, participants=participants)


def test_more_rounds_than_the_server_offers_are_refused():
    with pytest.raises(InvalidSettings, match="at most 10"):
        read_settings({**CONFIG, "rounds": 9, "practice_rounds": 2}, largest_rounds=10)
    assert read_settings({**CONFIG, "rounds": 9, "practice_rounds": 1}, largest_rounds=10).total_rounds == 10


def test_the_server_offers_the_largest_count_of_its_configs():
    assert largest_rounds([{"rounds": 4}, {"rounds": 6, "practice_rounds": 3}], {"rounds": 2}) == 9
    assert largest_rounds([{}], {}) == DEFAULTS["rounds"] + DEFAULTS["practice_rounds"]


@pytest.mark.parametrize(("typed", "seed"), [("", None), (0, None), ("0", None), (" 12 ", 12), (12, 12), (2**53 - 1, 2**53 - 1)])
def test_a_seed_may_be_a_number_or_its_digits(typed, seed):
    assert settings(seed=typed).seed == seed


def test_practice_rounds_come_first_and_are_counted_apart():
    read = settings(rounds=3, practice_rounds=2)
    assert [read.is_practice(n) for n in range(1, 6)] == [True, True, False, False, False]
    assert [read.round_in_kind(n) for n in range(1, 6)] == [1, 2, 1, 2, 3]


def test_endowments_by_role_are_refused_and_their_file_is_left_out(tmp_path):
    text = (ENVIRONMENTS / "mixed_values.toml").read_text()
    roles = "".join(f"[roles.{name}]\nagents = 6\nendowment = {{ q = {q}, r = 5.0 }}\n" for name, q in (("buyer", 2.0), ("seller", 8.0)))
    (tmp_path / "by_role.toml").write_text(f"{text}\n{roles}")
    with pytest.raises(InvalidSettings, match=r"environment by_role: roles gives endowments by role \(buyer, seller\)") as caught:
        read_settings({**CONFIG, "environment": "by_role"}, environments=tmp_path)
    assert "takes one for everyone" in str(caught.value)
    assert str(caught.value).count(".") == 1
    found, left_out = readable_environments(tmp_path)
    assert not found
    assert left_out[0].startswith("environments/by_role.toml is left out: roles gives endowments by role")


def test_a_broken_environment_file_is_named(tmp_path):
    text = (ENVIRONMENTS / "mixed_values.toml").read_text()
    (tmp_path / "broken.toml").write_text(text.replace("low = 0.5, high = 0.5", "low = 0.5, high = 0.6"))
    with pytest.raises(InvalidSettings, match=r"environment broken: states.prior sums to 1.1"):
        read_settings({**CONFIG, "environment": "broken"}, environments=tmp_path)
