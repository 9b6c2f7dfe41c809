"""A session is read in the language and paid in the currency in which it was created, whatever the server was started with since."""

from __future__ import annotations

import csv
import html
import io
import json
import re

import pytest
from babel.messages.pofile import read_po

from comparison.data.reading import read_export
from tests.app.played import PROJECT, play

SCENES = "scenes_locale.py"
LOCALES = {"de": ("de", "EUR"), "en": ("en", "USD"), "yen": ("en", "JPY")}
SIGNS = {"EUR": "€", "USD": "$", "JPY": "¥"}
FEES = {"de": "5,25\u00a0€", "en": "$5.25", "yen": "¥5.25"}
SERVERS = [("en", "JPY"), pytest.param(("de", "CHF"), marks=pytest.mark.full)]
PAGES = {
    "Consent", *(f"Instructions{n}" for n in range(1, 8)), "QuizStates", "QuizDraw", "QuizSecondOffer", "QuizPayment", "StartGate",
    "FirstOffer", "DrawGate", "NoSecondOffer", "Beliefs", "SecondOffer", "MarketGate", "Result", "Questionnaire", "Payment",
}  # fmt: skip


def sentences() -> dict[str, list[str]]:
    """Whole sentences of each language that are on no page of the other: ours, and oTree's."""
    with (PROJECT / "_locale" / "de" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        ours = [(m.id, m.string) for m in read_po(file, locale="de") if isinstance(m.id, str) and m.id]
    whole = [(one, other) for one, other in ours if min(len(one), len(other)) > 15 and one not in other and "{" not in one]
    return {"en": [one for one, _ in whole] + ["Please wait"], "de": [other for _, other in whole] + ["Bitte warten"]}


SENTENCES = sentences()


def is_said_in(language: str, page: str) -> bool:
    """Whether a page says sentences of this language, and none of the other."""
    text = " ".join(html.unescape(page).split())
    (other,) = {"de", "en"} - {language}
    wrong = [sentence for sentence in SENTENCES[other] if sentence in text]
    assert not wrong, wrong
    assert f'<html lang="{language}">' in page
    return any(sentence in text for sentence in SENTENCES[language])


@pytest.fixture(scope="module", params=SERVERS, ids="-".join)
def served(request, project):
    return request.param, play(project, "alternately", script=SCENES, server=request.param)


def test_every_page_of_subjects_speaks_the_language_of_its_session_while_others_are_served_alternately(served):
    _, answered = served
    assert answered["left_over"] == list(served[0])
    for name, (language, currency) in list(LOCALES.items())[:2]:
        pages = {page for page, *_ in answered["seen"][name]}
        assert pages >= PAGES - {"StartGate", "DrawGate", "MarketGate"}, PAGES - pages
        assert pages & {"StartGate", "DrawGate", "MarketGate"}
        for page, *texts in answered["seen"][name]:
            for text in texts:
                if text:
                    assert is_said_in(language, text), (page, text[:2000])
                    known = re.search(r'"decimal_sign": "(.)"', text)
                    assert known is None or known[1] == {"de": ",", "en": "."}[language]
                    money = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
                    assert not [
                        sign
                        for code, sign in SIGNS.items()
                        if code != currency and re.search(rf"\d\s?{re.escape(sign)}|{re.escape(sign)}\d", money)
                    ]
        told = {page: texts for page, *texts in answered["seen"][name]}
        assert FEES[name] in told["Consent"][0]
        assert FEES[name] in told["Payment"][0]
        assert FEES[name] in told["Instructions7"][0]


def test_whatever_else_belongs_to_a_session_has_its_language_and_currency(served):
    _, answered = served
    for name, (language, currency) in LOCALES.items():
        assert is_said_in(language, answered["over"][name])
        assert is_said_in(language, answered["printed"][name])
        assert FEES[name] in answered["printed"][name]
        assert currency in answered["pay_sheet"][name]
        assert currency in answered["report"][name]
        payments = answered["payments"][name]
        assert FEES[name] in payments
        assert not [
            sign for code, sign in SIGNS.items() if code != currency and re.search(rf"\d\s?{re.escape(sign)}|{re.escape(sign)}\d", payments)
        ]
        assert answered["rest"][name]["REAL_WORLD_CURRENCY_CODE"] == currency


def test_exports_say_of_each_session_what_it_was_read_in_and_is_paid_in(served, tmp_path):
    _, answered = served
    names = {code: name for name, code in answered["codes"].items()}
    for kind in ("_payments", "_pay_sheet"):
        rows = list(csv.DictReader(io.StringIO(answered["exports"][kind])))
        assert len(rows) == 4 * len(LOCALES)
        assert {(names[row["session_code"]], row["currency"]) for row in rows} == {(name, code) for name, (_, code) in LOCALES.items()}
        assert {row["participation_fee"] for row in rows} == {"5.25"}, "a server of a currency without cents rounds no fee of another's"
    for row in csv.DictReader(io.StringIO(answered["exports"]["_sessions"])):
        record = json.loads(row["json"])
        assert (record["language"], record["currency"]) == LOCALES[names[row["session_code"]]]


@pytest.mark.parametrize("server", [("en", "USD"), ("de", "CHF")], ids="-".join)
def test_a_room_speaks_its_sessions_language_and_without_one_the_servers(project, server):
    pages = play(project, "rooms", script=SCENES, server=server)
    assert len(pages) == 3 + 5
    for name, page in pages.items():
        if name == "full":
            assert page == "Die Session ist voll."
        else:
            assert f'lang="{server[0] if name.startswith("no session") else "de"}"' in page, name
    assert "Bitte warten" in pages["no session yet"] if server[0] == "de" else "Please wait" in pages["no session yet"]
    assert "Klicken Sie auf die Schaltfläche" in pages["with session"], "oTree's own words"
    assert ("Klicken Sie auf die Schaltfläche" in pages["no session"]) == (server[0] == "de")
    assert is_said_in("de", pages["seat 0"])


@pytest.mark.parametrize("server", [("en", "USD"), ("de", "CHF")], ids="-".join)
def test_a_session_that_kept_neither_has_the_servers_and_one_whose_language_is_gone_keeps_its_currency(project, server):
    pages = play(project, "old_session", script=SCENES, server=server)
    assert is_said_in(server[0], pages["old"])
    assert is_said_in(server[0], pages["odd"])
    rows = list(csv.DictReader(io.StringIO(pages["payments"])))
    assert sorted({row["currency"] for row in rows}) == sorted({server[1], "CHF"})


def test_the_keeper_speaks_each_sessions_language_while_it_brings_its_market_on_and_the_servers_afterwards(project):
    spoken, after = play(project, "locale_of_the_scheduler", script=SCENES, server=["de", "CHF"])
    assert {tuple(said) for said in spoken} == {(name, *locale) for name, locale in LOCALES.items()}
    assert after == ["de", "CHF"]


def test_the_comparison_reads_exports_with_and_without_language_and_currency(served, tmp_path):
    """Old exports have neither key in the JSON of sessions.csv."""
    _, answered = served
    for kept in (True, False):
        folder = tmp_path / str(kept)
        folder.mkdir()
        rows = list(csv.reader(io.StringIO(answered["exports"]["_sessions"])))
        for row in rows[1:]:
            record = json.loads(row[1])
            row[1] = json.dumps(record if kept else {name: value for name, value in record.items() if name not in ("language", "currency")})
        text = io.StringIO(newline="")
        csv.writer(text).writerows(rows)
        (folder / "sessions.csv").write_text(text.getvalue())
        (folder / "decisions.csv").write_text(answered["exports"][""])
        assert set(read_export(folder).sessions) == set(answered["codes"].values())
