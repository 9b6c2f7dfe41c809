"""Sentences in a language: sentences with places, forms that go with a count, names, numbers, money, dates."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest

from experiment.earnings import Earned
from experiment.language import (
    CATALOGUES,
    UnknownLanguage,
    fill,
    language,
    languages,
    localized,
    message,
    money,
    name_of,
    one_line,
    places,
    read_language,
    say,
    say_many,
    speaking,
    use,
)
from experiment.offers import InvalidOffer, OfferGrid
from experiment.pages.market import consent_variables, page_script, page_variables
from experiment.pages.payment import payment_variables
from experiment.payments import payment
from experiment.shown.numbers import amount, change, fixed, percent
from serve.translations import compile_catalogues
from tests.experiment.test_display import SETTINGS, view_of

NO_BREAK = "\N{NO-BREAK SPACE}"
POLISH = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);\\n"

msgid "You have {n} of good {good}."
msgstr "Z dobra {good} masz {n}."

msgid "one round"
msgid_plural "{n} rounds"
msgstr[0] "jedna runda"
msgstr[1] "{n} rundy"
msgstr[2] "{n} rund"
"""


@pytest.fixture
def polish(tmp_path: Path) -> Path:
    """A folder of catalogues with a language that has three forms for counts; its file."""
    path = tmp_path / "pl" / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True)
    path.write_text(POLISH, encoding="utf-8")
    return path


def test_english_is_spoken_where_nothing_was_chosen_and_needs_no_catalogue() -> None:
    assert language().code == "en"
    assert say("You have {n} of good {good}.", n=3, good="q") == "You have 3 of good q."
    assert say("A sentence that no catalogue has.") == message("A sentence that no catalogue has.")


@pytest.mark.parametrize(("count", "said"), [(0, "0 rounds"), (1, "one round"), (2, "2 rounds")])
def test_the_form_goes_with_the_count(count: int, said: str) -> None:
    assert say_many("one round", "{n} rounds", count, n=count) == said


def test_a_language_is_spoken_until_the_end_even_of_an_error() -> None:
    with speaking("de") as spoken:
        assert spoken is language()
        assert say("Welcome") == "Willkommen"
    assert say("Welcome") == "Welcome"
    with pytest.raises(ZeroDivisionError), speaking("de"):
        1 / 0  # noqa: B018
    assert language().code == "en"


def test_using_a_language_stays_until_another_is_used() -> None:
    use("de")
    try:
        assert (language().code, language().decimal_sign) == ("de", ",")
    finally:
        use("en")
    assert language().decimal_sign == "."


@pytest.mark.parametrize("code", ["fr", "", "DE", "../de", "x" * 100])
def test_a_language_without_words_gets_one_sentence(code: str) -> None:
    with pytest.raises(UnknownLanguage) as refused:
        read_language(code)
    assert str(refused.value).startswith(f"The language {code!r:.20} is not known; there are words in en, de")
    assert str(refused.value).count("\n") == 0
    with pytest.raises(UnknownLanguage), speaking(code):
        pass
    assert language().code == "en"


@pytest.mark.parametrize("folder", ["xx", "no-language"])
def test_a_folder_named_after_no_language_gets_one_sentence(polish: Path, folder: str) -> None:
    catalogues = polish.parents[2]
    (catalogues / "pl").rename(catalogues / folder)
    with pytest.raises(UnknownLanguage, match=f"_locale/{folder} is not named after a language"):
        read_language(folder, catalogues)


def test_languages_are_english_and_the_catalogues(polish: Path) -> None:
    assert languages(polish.parents[2]) == ("en", "pl")
    assert languages()[0] == "en"
    assert "de" in languages()
    assert languages(polish.parent) == ("en",)


def test_places_are_found_in_order_and_filled_by_name_wherever_they_stand() -> None:
    assert places("{rules.others} of {n}: {}, { x }, {a-b}") == ("rules.others", "n")
    assert fill("{n} of {n}: {}, { x }", {"n": 2}) == "2 of 2: {}, { x }"
    assert fill("{rules.others}", {"rules.others": "{n}"}) == "{n}"
    with pytest.raises(KeyError):
        fill("{n}", {})


def test_a_translation_puts_the_places_where_its_language_wants_them(polish: Path) -> None:
    words = read_language("pl", polish.parents[2]).words
    assert fill(words.gettext("You have {n} of good {good}."), {"n": 1, "good": "q"}) == "Z dobra q masz 1."
    assert [words.ngettext("one round", "{n} rounds", n) for n in (1, 2, 5, 22)] == ["jedna runda", "{n} rundy", "{n} rund", "{n} rundy"]


def test_a_file_that_is_newer_than_its_compiled_catalogue_counts(polish: Path) -> None:
    catalogues = polish.parents[2]
    assert not polish.with_suffix(".mo").exists()
    sentence = "You have {n} of good {good}."
    before = read_language("pl", catalogues).words.gettext(sentence)
    (compiled,) = compile_catalogues(catalogues)
    assert read_language("pl", catalogues).words.gettext(sentence) == before
    polish.write_text(POLISH.replace("masz", "posiadasz"), encoding="utf-8")
    os.utime(polish, (compiled.stat().st_mtime - 10,) * 2)
    assert read_language("pl", catalogues).words.gettext(sentence) == before
    os.utime(polish, (compiled.stat().st_mtime + 10,) * 2)
    assert "posiadasz" in read_language("pl", catalogues).words.gettext(sentence)


def test_names_of_shipped_states_and_types_are_translated_and_others_stay_as_they_are() -> None:
    assert name_of("blue") == "blue"
    with speaking("de"):
        assert [name_of(name) for name in ("blue", "green", "orange", "low", "middle", "high")] == [
            *("blau", "grün", "orange", "niedrig", "mittel", "hoch")
        ]
        assert name_of("crimson") == "crimson"
        assert name_of("Welcome") == "Welcome"


def test_line_breaks_of_a_template_are_blanks() -> None:
    assert one_line("  You have\n      nothing. ") == "You have nothing."


def test_numbers_have_the_decimal_sign_of_the_language() -> None:
    with speaking("de"):
        assert localized("2.5") == "2,5"
        assert (fixed(1234.5, 2), fixed(-0.125, 2), fixed(float("-inf"), 2), fixed(None, 2)) == ("1234,50", "−0,13", "−∞", "–")
        assert (change(1.0, 2), change(0.001, 2), change(-1.0, 2)) == ("+1,00", "0,00", "−1,00")
        assert (percent(1 / 3), percent(1.0)) == (f"33,3{NO_BREAK}%", f"100{NO_BREAK}%")
        assert (amount(0.5), amount(10.0), amount(Decimal("400.00"))) == ("0,5", "10", "400")
    assert (fixed(1234.5, 2), amount(0.5)) == ("1234.50", "0.5")


@pytest.mark.parametrize(
    ("code", "paid", "currency", "shown"),
    [
        ("en", "5", "USD", "$5.00"),
        ("en", "1234.5", "GBP", "£1,234.50"),
        ("en", "3.13", "JPY", "¥3.13"),
        ("en", "300", "JPY", "¥300"),
        ("en", "0.001", "EUR", "€0.001"),
        ("de", "3.13", "EUR", f"3,13{NO_BREAK}€"),
        ("de", "1234.5", "CHF", f"1.234,50{NO_BREAK}CHF"),
    ],
)
def test_money_is_written_as_the_language_writes_it_and_never_rounded(code: str, paid: str, currency: str, shown: str) -> None:
    with speaking(code):
        assert money(Decimal(paid), currency) == shown


def test_what_is_wrong_with_an_offer_is_said_in_the_language_of_the_moment() -> None:
    grid = OfferGrid(Decimal("0.1"), Decimal("10.5"), Decimal(400))
    with speaking("de"), pytest.raises(InvalidOffer, match="Sie haben 10,5 von Gut q und können deshalb nicht 11,25 anbieten"):
        grid.parse("q", "11.25")
    with pytest.raises(InvalidOffer, match=r"You have 10\.5 of good q, so you cannot offer 11\.25\."):
        grid.parse("q", "11,25")


def test_pages_are_told_in_the_language_and_scripts_get_its_decimal_sign_and_plain_names() -> None:
    view = view_of("SecondOffer")
    with speaking("de"):
        variables, script = page_variables(view, "SecondOffer"), page_script(view, "SecondOffer")
        paid = payment(SETTINGS, 7, 1, Earned((-31.25,) * SETTINGS.schedule.rounds, ()))
        payment_page = payment_variables(SETTINGS, paid, "EUR")
        consent = consent_variables(SETTINGS, "EUR")
    assert [step.name for step in variables["steps"]] == ["Erstes Angebot", "Zweites Angebot", "Ergebnis"]
    assert variables["own_type"] == "blau"
    assert variables["states"] == ("niedrig", "hoch")
    assert variables["offer_form"].step == "0,1"
    assert variables["rules"].exogenous_q == str(SETTINGS.environment.epsilon_q).replace(".", ",")
    assert variables["chart"].bars[0].amount == "3,00"
    assert (script["decimal_sign"], script["type"], script["grid"]) == (",", view.type, 0.1)
    assert (payment_page["points"], payment_page["total"], consent["fee"]) == ("−31,25", f"1,87{NO_BREAK}€", f"5,00{NO_BREAK}€")
    assert page_script(view, "SecondOffer")["decimal_sign"] == "."


def test_catalogues_lie_in_the_project() -> None:
    assert (CATALOGUES / "de" / "LC_MESSAGES" / "messages.po").exists()
