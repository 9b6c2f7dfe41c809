"""What subjects read while they wait, their seat on every page, and their receipts."""

from __future__ import annotations

import csv
import io
import itertools
import re
from pathlib import Path
from typing import Any

import pytest

from tests.app.played import play, play_once
from tests.sizes import sized

SCRIPT = "scenes_waiting.py"
LABELS = ["PC01", "PC-02", None, "PC04"]
RECRUITED = ["5f3c0aa1b2c3d4e5f6a7b8c9", "5f3c0aa1b2c3d4e5f6a7b8d0", "5f3c0aa1b2c3d4e5f6a7b8d1", "5f3c0aa1b2c3d4e5f6a7b8d2"]
ADDRESS = "https://app.prolific.com/submissions/complete"
PAGES = {"Consent", "FirstOffer", "DrawGate", "SecondOffer", "NoSecondOffer", "MarketGate", "Result", "Questionnaire", "Payment"}
ORDERS = [[0, 1, 2, 3], [1, 0, 2, 3], [3, 1, 0, 2], [2, 3, 1, 0]]


def scene(project: Path, name: str, **arguments: Any) -> Any:
    return play_once(project, name, script=SCRIPT, **arguments)


@pytest.fixture(scope="module")
def gates(project: Path) -> dict[str, str]:
    texts: dict[str, str] = scene(project, "gates")
    return texts


@pytest.mark.parametrize(
    ("gate", "made"),
    [
        ("DrawGate q", ["Your first offer: 2.00 of good q"]),
        ("DrawGate r", ["Your first offer: 1.50 of good r"]),
        ("DrawGate nothing", ["Your first offer: nothing"]),
        ("DrawGate missed", ["You made no first offer in time."]),
    ],
)
def test_a_wait_page_has_what_its_subject_offered(gates: dict[str, str], gate: str, made: list[str]) -> None:
    assert re.findall(r'class="made">(.*?)</p>', gates[gate]) == made


def test_after_the_second_offer_both_are_there_and_for_the_inactive_the_first(gates: dict[str, str]) -> None:
    made = {name: re.findall(r'class="made">(.*?)</p>', text) for name, text in gates.items()}
    assert [len(made[f"MarketGate {name}"]) for name in ("idle", "q", "r")] == [1, 2, 2]
    assert made["MarketGate q"][1] == "Your second offer: 2.00 of good q"
    assert made["MarketGate r"][1] == "Your second offer: 1.50 of good r"


def test_the_count_grows_with_each_answer_and_everyone_who_waits_is_told_the_same(project: Path) -> None:
    seen = scene(project, "counts", order=ORDERS[0], fields={})
    for stage in ("stage1", "stage2"):
        *waiting, over = seen[stage]
        told = [{one["count"] for one in each} for each in waiting]
        assert told == [{"1 of 4 has answered."}, {"2 of 4 have answered."}, {"3 of 4 have answered."}]
        assert all(one["state"] == "waiting" and one["kept"] == "no-store" for each in waiting for one in each)
        assert all(one["redirected"] for one in over)


@pytest.mark.parametrize("order", ORDERS[1 : sized(small=3, full=4)])
def test_the_count_does_not_tell_who_has_answered_or_what(project: Path, order: list[int]) -> None:
    one, other = (scene(project, "counts", order=each, fields={}) for each in (ORDERS[0], order))
    for stage in ("stage1", "stage2"):
        assert one[stage] == other[stage]
    assert set(one["stage1"][0][0]) == {"state", "count", "kept"}


def test_nobody_is_counted_in_practice_alone(project: Path) -> None:
    seen = scene(project, "counts", order=[0], fields={"practice_rounds": 1})
    assert seen["stage1"] == [[]]


def test_before_the_first_round_a_subject_reads_how_many_are_ready(project: Path) -> None:
    page, text, *counts = scene(project, "ready", fields={})
    assert page == "StartGate"
    assert counts == ["1 of 4 is ready.", "2 of 4 are ready."]
    assert "1 of 4 is ready." in text
    assert "You made no first offer" not in text


def test_a_page_that_waits_learns_of_a_pause_and_of_its_end(project: Path) -> None:
    assert scene(project, "paused_while_waiting") == ["waiting", "paused", "waiting"]


def test_every_page_has_the_seat_and_in_the_laboratory_its_label(project: Path) -> None:
    seen = scene(project, "seats", fields={}, labels=LABELS)["pages"]
    assert set(itertools.chain.from_iterable(seen)) >= PAGES
    for number, (label, pages) in enumerate(zip(LABELS, seen, strict=True), start=1):
        expected = f"Seat {label}" if label else f"Participant {number}"
        for name, text in pages.items():
            assert f'<p class="seat">{expected}</p>' in text, (name, expected)
        payment = pages["Payment"]
        assert f'<p class="own-seat">{expected}</p>' in payment
        assert "Please stay seated until you are called." in payment
        assert "close this window" not in payment


@pytest.mark.parametrize("fields", [{"completion_url": ADDRESS, "code_complete": "C1"}, {"code_complete": "C1"}])
def test_a_recruiters_label_is_on_no_page_and_who_goes_back_is_not_asked_to_stay(project: Path, fields: dict[str, Any]) -> None:
    seen = scene(project, "seats", fields=fields, labels=RECRUITED)["pages"]
    for number, pages in enumerate(seen, start=1):
        for name, text in pages.items():
            assert not any(label in text for label in RECRUITED), name
            assert f'<p class="seat">Participant {number}</p>' in text
        assert "stay seated" not in pages["Payment"]
        assert "receipt" not in pages["Payment"].lower()


def test_in_a_lobby_a_label_is_on_no_page(project: Path) -> None:
    seen = scene(project, "seats", fields={"lobby_seconds": 60}, labels=RECRUITED)["pages"]
    assert "Lobby" in seen[0]
    assert not any(label in text for pages in seen for text in pages.values() for label in RECRUITED)


@pytest.mark.parametrize("title", ["", "Trade & <Talk>"])
def test_each_who_came_has_a_receipt_with_the_amount_of_the_export(project: Path, title: str) -> None:
    seen = scene(project, "receipts", fields={"study_title": title})
    paid = [row["total"] for row in csv.DictReader(io.StringIO(seen["_payments"]))]
    found = seen["page"].split('<section class="receipt">')[1:]
    assert len(found) == 3
    written = "Trade &amp; &lt;Talk&gt;" if title else ""
    for code, total, text in zip(seen["codes"], paid, seen["payment"], strict=True):
        own = text.split('<section class="receipt">')[1]
        for receipt in [own, *(one for one in found if code in one)]:
            assert f"<strong>${total}</strong>" in receipt
            assert f"<dt>Study</dt><dd>{written}</dd>" in receipt
            assert "Signature" in receipt
    assert seen["codes"][1] not in seen["page"]


def test_a_machines_label_in_the_address_is_its_seat_also_from_another_machine(project: Path) -> None:
    seen = play(project, "laboratory", script=SCRIPT, labels=["PC01", "PC-02", "PC01", None])
    codes = [code for code, _ in seen]
    assert codes[0] == codes[2]
    assert len(set(codes)) == 3
    assert [label for _, label in seen] == ["PC01", "PC-02", "PC01", None]
