"""The real server, started again with and without a language and a currency: sessions keep theirs, and new ones have the latest."""

from __future__ import annotations

import csv
import io
import json
import stat
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from serve.cli import _options, _parser
from serve.problem import ServeProblem
from serve.remembered import NAME, remember
from tests.server import Serving, serving


def page(server: Serving, participant: str) -> str:
    with urllib.request.urlopen(server.start_link(participant), timeout=300) as answer:
        return str(answer.read().decode())


def languages_and_currencies(server: Serving, participant: str) -> tuple[bool, bool]:
    """Whether the page of consent is German and speaks of euros, and whether it is English and speaks of dollars."""
    text = page(server, participant)
    german, english = '<html lang="de">' in text and "5,00\u00a0€" in text, '<html lang="en">' in text and "$5.00" in text
    assert not ("€" in text and "$5" in text)
    return german, english


GERMAN, ENGLISH = (True, False), (False, True)


def start_again(server: Serving, language: str | None, currency: str | None) -> None:
    server.stop()
    server.language, server.currency = language, currency
    server.restart()


def currencies(server: Serving) -> dict[str, set[str]]:
    """By session, the currencies of payments.csv."""
    text = server.rest("/api/export_app_custom?app=parimutuel_twostage&function_name=custom_export_payments")
    found: dict[str, set[str]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        found.setdefault(row["session_code"], set()).add(row["currency"])
    return found


@pytest.mark.server
def test_sessions_keep_language_and_currency_over_restarts_with_and_without_flags() -> None:
    with serving(language="de", currency="EUR") as server:
        first, (anna, *_) = server.create_session("small_market", 4)
        assert languages_and_currencies(server, anna) == GERMAN

        start_again(server, None, None)
        assert "language de, money in EUR (language and currency as at the last start)" in server.output
        second, (berta, *_) = server.create_session("small_market", 4)
        assert [languages_and_currencies(server, person) for person in (anna, berta)] == [GERMAN, GERMAN]

        start_again(server, "en", "USD")
        third, (carol, *_) = server.create_session("small_market", 4)
        with ThreadPoolExecutor(6) as browsers:
            seen = list(browsers.map(lambda person: languages_and_currencies(server, person), [anna, carol, berta, carol] * 8))
        assert seen == [GERMAN, ENGLISH, GERMAN, ENGLISH] * 8

        start_again(server, None, None)
        assert [languages_and_currencies(server, person) for person in (anna, carol)] == [GERMAN, ENGLISH]
        assert currencies(server) == {first: {"EUR"}, second: {"EUR"}, third: {"USD"}}
        assert json.loads((server.data / NAME).read_text()) == {"language": "en", "currency": "USD"}
        assert stat.S_IMODE((server.data / NAME).stat().st_mode) == 0o600


def test_what_is_told_wins_over_what_is_remembered_and_only_serving_remembers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PORT", "LAN", "DATABASE_URL", "EXPERIMENT_LANGUAGE", "EXPERIMENT_CURRENCY"):
        monkeypatch.delenv(name, raising=False)

    def chosen(*arguments: str) -> tuple[str, str, tuple[str, ...]]:
        options = _options(_parser().parse_args([*arguments, "--data", str(tmp_path)]))
        return options.language, options.currency, options.as_before

    assert chosen() == ("en", "USD", ())
    remember(tmp_path, "de", "EUR")
    assert chosen() == ("de", "EUR", ("language", "currency"))
    assert chosen("--language", "en") == ("en", "EUR", ("currency",))
    assert chosen("--currency", "CHF") == ("de", "CHF", ("language",))
    assert chosen("demo") == ("en", "USD", ())
    monkeypatch.setenv("EXPERIMENT_LANGUAGE", "en")
    assert chosen() == ("en", "EUR", ("currency",))


@pytest.mark.parametrize("text", ["{", "[]", '{"language": "de"}', '{"language": 1, "currency": "EUR"}'])
def test_what_cannot_be_read_is_named_and_is_not_needed_where_both_are_told(text: str, tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(text)
    with pytest.raises(ServeProblem, match=r"subjects\.json does not hold"):
        _options(_parser().parse_args(["--data", str(tmp_path)]))
    assert _options(_parser().parse_args(["--data", str(tmp_path), "--language", "en", "--currency", "USD"])).currency == "USD"
