"""The texts of a study: what is wrong with a file is one sentence with its name and line, and what is right is shown and stored."""

import re
from pathlib import Path

import pytest

from experiment.config import DEFAULTS, InvalidSettings, read_settings
from experiment.locales import Locale
from experiment.pages.texts import consent_page, debriefing
from experiment.session import plan_experiment
from experiment.texts import studies
from experiment.texts.blanks import VALUES, check_fields, check_filled
from experiment.texts.items import as_table, from_table, read_items
from experiment.texts.markdown import page
from experiment.texts.problems import InvalidText
from experiment.texts.stored import as_stored, from_stored, own_texts, version_of

PROJECT = Path(__file__).parents[2]
CONFIG = {**DEFAULTS, "environment": "small_market", "participation_fee": 5, "real_world_currency_per_point": 0.1}
ENGLISH = Locale("en", "EUR")
ITEM = '[[item]]\nid = "trust"\ntype = "scale"\nlabel = "How much?"\n'
CONSENT = "# Consent\n\nYou receive {show_up_fee} for {minutes} minutes.\n"


def settings_of(**fields):
    return read_settings({**CONFIG, "texts": "mine", "minutes": 45, **fields})


@pytest.fixture
def mine(tmp_path):
    """A folder of texts with one study; a test may add to it, and break it."""
    write(tmp_path, "en/consent.md", CONSENT)
    return tmp_path


def write(texts, name, text):
    path = texts / "mine" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


QUESTIONS, TEXT = "en/questionnaire.toml", "en/consent.md"
WRONG = [
    (QUESTIONS, ITEM + "to = \n", "line 5: this is not TOML: invalid value."),
    (QUESTIONS, ITEM + '\n[[item]]\nid = "b\n', "line 7: this is not TOML: "),
    (QUESTIONS, ITEM.replace("scale", "slider"), "line 3: type is 'slider'; it must be "),
    (
        QUESTIONS,
        f"{ITEM}\n{ITEM.replace('trust', 'b').replace('scale', 'likert')}",
        "line 8: type is 'likert'; it must be choice, scale, number or text.",
    ),
    (QUESTIONS, f"{ITEM}\n{ITEM}", "line 7: id 'trust' occurs twice."),
    (
        QUESTIONS,
        ITEM + "form = 1\n",
        "line 5: form is not a field of an item of type scale",
    ),
    (QUESTIONS, ITEM + "from = 7\nto = 1\n", "line 6: the scale goes from 7 to 1;"),
    (QUESTIONS, ITEM + 'required = "yes"\n', "line 5: required is 'yes'; it must be true"),
    (QUESTIONS, ITEM.replace('"trust"', '"My item"'), "line 2: id is 'My item'; it must"),
    (
        QUESTIONS,
        ITEM.replace("trust", "age"),
        "line 2: id age is a question of the built-in",
    ),
    (QUESTIONS, ITEM.replace("scale", "choice"), "line 1: this item has no options."),
    (QUESTIONS, "[item]\nid = 1\n", "line 1: an item begins with [[item]]"),
    (QUESTIONS, "# nothing\n", "line 1: there are 0 items;"),
    (QUESTIONS, "title = 1\n" + ITEM, "line 1: title is not known;"),
    (
        "en/consent.md",
        "One\n\n{show_up_fees}\n",
        "line 3: {show_up_fees} is not known; did you mean {show_up_fee}?",
    ),
    (TEXT, "One\ntwo <br> three\n", "line 2: <br> is HTML"),
    (TEXT, "One\n\n<div>\n", "line 3: <div> is HTML"),
    (TEXT, "One\n\n![us](https://example.org/us.png)\n", "line 3: a picture is not shown"),
    (TEXT, "One\ntwo \xe4".encode("latin-1"), "line 2: this is not UTF-8"),
    (TEXT, "One\n\x07two", "line 2: the character '\\x07' cannot be shown."),
    (TEXT, " \n", "line 1: the file is empty."),
    ("en/concent.md", "One\n", "the file is not known; a study may have consent.md"),
    ("de/welcome.md", "Willkommen\n", "texts/mine/en/welcome.md: there is no such file, but texts/mine/de has one"),
]


@pytest.mark.parametrize(("name", "text", "sentence"), WRONG)
def test_a_wrong_file_is_one_sentence_with_its_name_and_line_and_its_study_is_left_out(mine, name, text, sentence):
    write(mine, name, text)
    begins = sentence if sentence.startswith("texts/") else f"texts/mine/{name}{', ' if sentence.startswith('line') else ': '}{sentence}"
    (said,) = studies.left_out(mine)
    assert said.startswith(f"The texts of mine are left out: {begins}"), said
    assert "\n" not in said
    with pytest.raises(InvalidSettings) as refused:
        own_texts(settings_of(), ENGLISH, mine)
    assert str(refused.value).startswith(begins)


def test_a_wrong_study_leaves_the_others_in(mine):
    (mine / "other" / "en").mkdir(parents=True)
    (mine / "other" / "en" / "consent.md").write_text("{nonsense}")
    assert len(studies.left_out(mine)) == 1
    assert own_texts(settings_of(), ENGLISH, mine).consent.endswith("for 45 minutes.\n")


def test_a_folder_that_no_session_can_name_is_said_to_be_left_out(mine):
    (mine / "my study").mkdir()
    (mine / ".hidden").mkdir()
    assert studies.left_out(mine) == ["texts/my study is left out: a study's name has at most 40 letters, digits, hyphens and underscores."]


PLACEHOLDERS = [
    "[INSTITUTION]",
    "[E-MAIL OF THE RESEARCHER]",
    "[ÜBERSCHRIFT]",
    "[NAME OF\nTHE INSTITUTION]",
    "{{institution}}",
    "{{ name }}",
]


@pytest.mark.parametrize("placeholder", PLACEHOLDERS)
@pytest.mark.parametrize("name", ["consent.md", "welcome.md", "debriefing.md"])
def test_a_place_that_is_not_filled_in_refuses_the_session_with_file_and_line(mine, name, placeholder):
    write(mine, f"en/{name}", f"One\n\nof {placeholder}, and\n[TWO]\n")
    assert studies.left_out(mine) == []
    with pytest.raises(InvalidSettings) as refused:
        own_texts(settings_of(), ENGLISH, mine)
    shown = " ".join(placeholder.split())
    assert str(refused.value).startswith(f"texts/mine/en/{name}, line 3: {shown} is not filled in: write what belongs there")


def test_a_label_that_is_not_filled_in_refuses_the_session_too(mine):
    write(mine, "en/questionnaire.toml", ITEM.replace("How much?", "Did you like [INSTITUTION]?"))
    with pytest.raises(InvalidSettings, match=r"texts/mine/en/questionnaire\.toml, line 4: \[INSTITUTION\] is not filled in"):
        own_texts(settings_of(), ENGLISH, mine)


@pytest.mark.parametrize(
    "text", [r"\[GDPR]", "[IMPRINT](https://example.org)", "[1]", "[x]", "[a note]", "{rounds}", "a {b", "[Institution]"]
)
def test_what_only_looks_like_a_place_to_fill_in_is_let_through(text):
    check_filled("a.md", text)


@pytest.mark.parametrize("study", ["eu_board", "us_board"])
def test_the_ready_texts_can_be_read_and_are_refused_until_they_are_filled_in(study):
    assert studies.left_out() == []
    for language in studies.languages_of(study):
        source = (PROJECT / "texts" / study / language / "consent.md").read_text()
        with pytest.raises(InvalidText, match=f"texts/{study}/{language}/consent.md, line [0-9]+: .* is not filled in"):
            studies.read_study(study, language)
        for name in ("show_up_fee", "minutes", "hundred_points", "rounds", "paid_if_declined"):
            assert f"{{{name}}}" in source
        filled_in = re.sub(r"\[[A-ZÄÖÜ][^\]a-zäöü]*\]", "the university", source)
        check_filled("a.md", filled_in)
        assert page(filled_in).title


def test_a_language_without_a_text_refuses_the_session_with_a_sentence(mine):
    with pytest.raises(InvalidSettings) as refused:
        own_texts(settings_of(), Locale("de", "EUR"), mine)
    assert str(refused.value).startswith("texts/mine/de: there is no such folder, so participants could not read")
    assert str(refused.value).endswith("there are texts in en.")


def test_a_study_that_is_not_there_refuses_the_session_and_a_name_that_leads_elsewhere_is_no_name(mine):
    with pytest.raises(InvalidSettings, match="texts/other: there is no such folder; texts/ has mine"):
        own_texts(settings_of(texts="other"), ENGLISH, mine)
    for name in ("../mine", "mine/en", ".", "a b", 3):
        with pytest.raises(InvalidSettings, match=r"texts is .* it must name a folder of texts/"):
            settings_of(texts=name)


def test_a_value_that_the_session_does_not_have_refuses_it(mine):
    with pytest.raises(InvalidSettings, match=r"consent\.md, line 3: \{minutes\} has no value in this session: it is how long"):
        own_texts(settings_of(minutes=0), ENGLISH, mine)
    write(mine, "en/consent.md", "{hundred_points}")
    with pytest.raises(InvalidSettings, match="hundred_points"):
        own_texts(settings_of(points_pay="lottery"), ENGLISH, mine)


def test_every_language_has_the_same_items(mine):
    write(mine, "en/questionnaire.toml", ITEM + '[[item]]\nid = "b"\ntype = "text"\nlabel = "Why?"\n')
    write(mine, "de/consent.md", CONSENT)
    write(mine, "de/questionnaire.toml", ITEM.replace("How much?", "Wie sehr?") + '[[item]]\nid = "b"\ntype = "text"\nlabel = "Warum?"\n')
    assert studies.left_out(mine) == []
    write(mine, "de/questionnaire.toml", ITEM + '[[item]]\nid = "c"\ntype = "text"\nlabel = "Warum?"\n')
    (said,) = studies.left_out(mine)
    assert "questionnaire.toml, line 6: item 2 is not that of texts/mine/" in said
    write(mine, "de/questionnaire.toml", ITEM)
    assert "questionnaire.toml, line 6: item 2 is not that of" in studies.left_out(mine)[0]


def test_values_are_filled_in_as_the_language_of_the_session_writes_them(mine):
    write(mine, "en/consent.md", " ".join(f"{name}={{{name}}}" for name in VALUES if name != "lottery_prize"))
    write(mine, "de/consent.md", "{show_up_fee}, {hundred_points}")
    fields = {"payment_floor": 2, "payment_cap": 40, "rounds": 7, "practice_rounds": 1, "pay_declined": False}
    assert own_texts(settings_of(**fields), ENGLISH, mine).consent.split() == [
        "show_up_fee=€5.00", "paid_if_declined=€0.00", "hundred_points=€10.00", "payment_floor=€2.00", "payment_cap=€40.00", "minutes=45",
        "rounds=7", "practice_rounds=1", "market_size=4",
    ]  # fmt: skip
    assert own_texts(settings_of(**fields), Locale("de", "EUR"), mine).consent.replace("\xa0", " ") == "5,00 €, 10,00 €"


def test_what_is_stored_is_what_was_read_and_its_version_is_the_texts_own_hash(mine):
    write(mine, "en/questionnaire.toml", ITEM + '[[item]]\nid = "b"\ntype = "choice"\nlabel = "Which?"\noptions = { x = "X", y = "Y" }\n')
    texts = own_texts(settings_of(), ENGLISH, mine)
    write(mine, "en/consent.md", "Another text")
    assert from_stored(as_stored(texts)) == texts
    assert texts.consent == "# Consent\n\nYou receive €5.00 for 45 minutes.\n"
    assert texts.record["consent.md"] == version_of(texts.consent) == version_of(texts.sources["consent.md"])
    assert re.fullmatch("[0-9a-f]{12}", texts.record["consent.md"])
    assert version_of(texts.consent) != version_of(texts.consent + " ")
    assert [from_table(as_table(item)) for item in texts.items] == list(texts.items)


def test_a_session_without_a_study_has_the_built_in_texts():
    assert own_texts(read_settings(CONFIG), ENGLISH) is None
    assert from_stored(as_stored(None)) is None
    planned = plan_experiment({**CONFIG, "texts": "example", "minutes": 60, "rounds": 1, "practice_rounds": 0}, 4, 20)
    assert [item.id for item in planned.texts.items] == ["trust", "traded_before", "semesters", "strategy"]


def test_markdown_is_shown_below_the_heading_of_the_page_and_html_as_text():
    shown = page("# On *this* & that\n\n# One\n\n### Three\n\n<b>x</b> and [us](https://example.org)\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    assert shown.title == "On this &amp; that"
    assert "<h2>One</h2>" in shown.html
    assert "<h3>Three</h3>" in shown.html
    assert "<h1" not in shown.html
    assert "&lt;b&gt;x&lt;/b&gt;" in shown.html
    assert '<a href="https://example.org" target="_blank" rel="noopener noreferrer">us</a>' in shown.html
    assert "<td>1</td>" in shown.html
    assert page("No title\n").title == ""


@pytest.mark.parametrize(
    "source", ["[x](javascript:alert(1))", "![x](https://example.org/x.png)", "<script>alert(1)</script>", '<a onclick="x">']
)
def test_nothing_in_a_text_becomes_a_program_or_is_fetched_from_elsewhere(source):
    assert not re.search(r"<(script|img|a onclick)|href=\"javascript", page(source).html)


def test_a_welcome_replaces_the_introduction_and_a_consent_all_built_in_words(mine):
    settings = settings_of()
    own = own_texts(settings, ENGLISH, mine)
    built_in, with_consent = (consent_page(settings, texts, "EUR") for texts in (None, own))
    assert built_in["introduces"]
    assert not built_in["own_consent"]
    assert (with_consent["own_title"], with_consent["introduces"]) == ("Consent", False)
    write(mine, "en/welcome.md", "# Hello\n\nWelcome.")
    both = consent_page(settings, own_texts(settings, ENGLISH, mine), "EUR")
    assert both["own_title"] == "Hello"
    assert both["own_consent"].startswith("<h2>Consent</h2>")
    write(mine, "en/consent.md", "# Consent\n\n## Part\n")
    assert "<h3>Part</h3>" in consent_page(settings, own_texts(settings, ENGLISH, mine), "EUR")["own_consent"]


def test_the_debriefing_is_not_for_those_who_did_not_agree(mine):
    write(mine, "en/debriefing.md", "# Why\n\nBecause.")
    own = own_texts(settings_of(), ENGLISH, mine)
    assert debriefing(own, None) == debriefing(own, "timed_out") == {"debriefing_title": "Why", "debriefing": "<p>Because.</p>\n"}
    assert debriefing(own, "declined") == debriefing(None, None) == {"debriefing_title": "", "debriefing": ""}


def test_the_documentation_lists_every_name_that_a_text_may_use():
    told = dict(re.findall(r"^\| `\{(\w+)\}` \| (.*) \|$", (PROJECT / "docs" / "texts.md").read_text(), re.MULTILINE))
    assert told == {name: what for name, (what, _) in VALUES.items()}


def test_the_documented_questionnaire_can_be_read():
    blocks = re.findall(r"```toml\n(.*?)```", (PROJECT / "docs" / "texts.md").read_text(), re.DOTALL)
    assert [len(read_items("docs/texts.md", block)) for block in blocks] == [2]


def test_an_unknown_name_is_named_with_its_line():
    with pytest.raises(InvalidText, match=r"a\.md, line 2: \{fee\} is not known"):
        check_fields("a.md", "x\n{fee}")
