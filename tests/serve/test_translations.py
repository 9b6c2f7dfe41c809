"""Every sentence a subject reads is in every language, whole, with its places and its HTML; no sentence bypasses the catalogues."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from babel.messages import Catalog, Message

from experiment.language import CATALOGUES, ENGLISH, languages, places, read_language
from serve.translations import SPOKEN_PACKAGES, OneForTwo, collect, compile_catalogues, main, merge, read_file, untranslated
from tests.spoken import PROJECT, flaws, modules, templates, unsaid, words_in_script

CODES = [code for code in languages() if code != ENGLISH]
_HTML = re.compile(r"</?[a-zA-Z][^>]*>")


@pytest.fixture(scope="module")
def collected() -> Catalog:
    return collect()


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A language's file that a test may change."""
    copy = tmp_path / CODES[0] / "LC_MESSAGES" / "messages.po"
    copy.parent.mkdir(parents=True)
    shutil.copy(_file(CODES[0]), copy)
    return copy


@pytest.mark.parametrize("code", CODES)
def test_every_sentence_is_in_the_file_of_every_language_and_nothing_else(code: str, collected: Catalog) -> None:
    there, wanted = _keys(read_file(_file(code))), _keys(collected)
    assert (sorted(wanted - there), sorted(there - wanted)) == ([], []), "run `make translations`, then translate what is new"


@pytest.mark.parametrize("code", CODES)
def test_every_sentence_is_translated_and_none_by_a_guess(code: str) -> None:
    assert untranslated(_file(code)) == []


@pytest.mark.parametrize("code", CODES)
def test_translations_have_the_places_and_the_html_of_their_sentences(code: str) -> None:
    wrong = [entry.id for entry in read_file(_file(code)) if entry.id and not _is_faithful(entry)]
    assert wrong == []


@pytest.mark.parametrize("code", CODES)
def test_collecting_changes_no_byte_of_a_file_that_is_up_to_date(code: str, collected: Catalog, tmp_path: Path) -> None:
    copy = tmp_path / code / "LC_MESSAGES" / "messages.po"
    copy.parent.mkdir(parents=True)
    shutil.copy(_file(code), copy)
    merge(copy, collected)
    assert copy.read_bytes() == _file(code).read_bytes(), "run `make translations`"


@pytest.mark.parametrize("path", templates(), ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_templates_have_no_words_outside_say_tags(path: Path) -> None:
    assert unsaid(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", sorted((PROJECT / "_static").rglob("*.js")), ids=lambda path: path.name)
def test_scripts_have_no_words_of_their_own(path: Path) -> None:
    assert words_in_script(path.read_text(encoding="utf-8")) == []


def test_sentences_of_the_program_stand_where_they_are_said_and_their_places_are_filled() -> None:
    found = [f"{path.relative_to(PROJECT)}, {flaw}" for path in modules() for flaw in flaws(path.read_text(encoding="utf-8"))]
    assert found == []


def test_words_past_the_say_tags_are_noticed_wherever_they_can_be_read() -> None:
    template = """{# a comment #}{% extends 'x/Page.html' %}{% block page %}
        <p title="{% say %}said{% endsay %}" class="big">{{ number }} q</p><script>let a = 'word here';</script>
        <p {% if a == 'none' %}title="hint"{% endif %}>text {% say n %}one{% many %}{n}{% endsay %}</p>
        <input placeholder="how much" value="q"> {{ 'print' }}
        {% include 'y.html' with question='What?' & good=form.good %}{% endblock %}"""
    assert sorted(unsaid(template)) == ["What?", "hint", "how much", "print", "text"]


def test_words_in_scripts_are_noticed_but_not_selectors_and_errors() -> None:
    script = """'use strict'; find('#offer input[type=radio]');
        throw new Error('no such family');
        // it's a comment
        tell('Please type a number.'); tell('You have ' + n + ' of good q'); tell(`Offers go in steps`);"""
    assert words_in_script(script) == ["Please type a number.", "You have", "of good q", "Offers go in steps"]


def test_sentences_that_cannot_be_collected_or_filled_are_noticed() -> None:
    calls = ('say("You have {q}.")', 'say(f"{q}")', "say(LATER)", 'say("{q}", q=1)', 'say_many("one", "{n} many", 2)', "message(LATER)")
    module = "\n".join([*calls, 'say("{q}", **known)'])
    assert [flaw.split(":")[0] for flaw in flaws(module)] == ["line 1", "line 2", "line 5", "line 6"]


def test_two_sentences_with_one_form_for_one_are_refused(tmp_path: Path) -> None:
    for room in SPOKEN_PACKAGES:
        (tmp_path / room).mkdir()
    for name, many in (("a", "{n} are paid."), ("b", "{n} are not.")):
        (tmp_path / "_templates" / f"{name}.html").write_text("{% say n %}One is paid.{% many %}" + many + "{% endsay %}")
    with pytest.raises(OneForTwo, match="One is paid"):
        collect(tmp_path)


def test_collecting_keeps_translations_and_comments_adds_what_is_new_and_drops_what_is_gone(copied: Path, collected: Catalog) -> None:
    text = copied.read_text(encoding="utf-8")
    old, gone = '\nmsgid "Welcome"\nmsgstr', '\nmsgid "Gone"\nmsgstr "Fort"\n\nmsgid "Welcome"\nmsgstr'
    assert old in text
    copied.write_text("# Glossary\n" + text.replace(old, gone), encoding="utf-8")
    more = collect()
    more.add("A new sentence.", None, locations=[("somewhere.html", 0)])
    merge(copied, more)
    kept = copied.read_text(encoding="utf-8")
    assert kept.startswith("# Glossary\n")
    assert "Gone" not in kept
    assert untranslated(copied) == ["A new sentence."]
    assert "fuzzy" not in kept


def test_an_empty_file_is_a_new_language_with_its_own_plural_forms(tmp_path: Path, collected: Catalog) -> None:
    new = tmp_path / "pl" / "LC_MESSAGES" / "messages.po"
    new.parent.mkdir(parents=True)
    new.touch()
    merge(new, collected)
    assert len(untranslated(new)) == len(_keys(collected))
    assert "Language: pl" in new.read_text(encoding="utf-8")
    assert "nplurals=3" in new.read_text(encoding="utf-8") or "nplurals=4" in new.read_text(encoding="utf-8")


def test_the_catalogue_compiled_by_set_up_is_read_in_place_of_the_text(copied: Path) -> None:
    catalogues = copied.parents[2]
    assert compile_catalogues(catalogues) == [copied.with_suffix(".mo")]
    words = read_language(CODES[0], catalogues).words
    assert words.gettext("Welcome") == read_language(CODES[0]).words.gettext("Welcome") != "Welcome"


def test_the_command_says_how_much_is_left_to_translate(
    copied: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("serve.translations.CATALOGUES", copied.parents[2])
    assert main(["--collect"]) == 0
    assert "0 of " in capsys.readouterr().out
    assert copied.with_suffix(".mo").exists()


def _file(code: str) -> Path:
    return CATALOGUES / code / "LC_MESSAGES" / "messages.po"


def _keys(catalogue: Catalog) -> set[str]:
    return {repr((entry.id, entry.context)) for entry in catalogue if entry.id}


def _is_faithful(entry: Message) -> bool:
    """Each translated form has the places and HTML tags of a form of the sentence; the first and last of the same form."""
    sentences = [entry.id] if isinstance(entry.id, str) else list(entry.id)
    translations = [entry.string] if isinstance(entry.string, str) else list(entry.string)
    allowed = [_marks(sentence) for sentence in sentences]
    made = [_marks(translation) for translation in translations]
    return made[0] in allowed and made[-1] == allowed[-1] and all(form in allowed for form in made)


def _marks(sentence: str) -> tuple[list[str], list[str]]:
    return sorted(places(sentence)), sorted(_HTML.findall(sentence))
