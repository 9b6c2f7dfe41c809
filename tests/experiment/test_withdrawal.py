"""Withdrawal codes: one for each participant, read in every spelling, and not to be computed from what is exported."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiment.withdrawal import InvalidCode, code_of, fingerprint, forgotten_at, keep_key, note_forgotten, read_code, withdrawal_row


@dataclass
class Stored:
    code: str = ""
    vars: dict[str, Any] = field(default_factory=dict)


@pytest.fixture
def session() -> Stored:
    made = Stored()
    keep_key(made)
    return made


def test_every_participant_has_a_code_of_their_own_and_always_the_same(session: Stored) -> None:
    people = [Stored(f"p{number}") for number in range(1000)]
    codes = [code_of(session, person) for person in people]
    assert len(set(codes)) == 1000
    assert codes == [code_of(session, person) for person in people]
    assert all(code and re.fullmatch(r"(?:[0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}", code) for code in codes)


def test_another_session_has_other_codes(session: Stored) -> None:
    other = Stored()
    keep_key(other)
    assert code_of(session, Stored("abc")) != code_of(other, Stored("abc"))


def test_a_session_of_an_earlier_version_has_none() -> None:
    assert code_of(Stored(), Stored("abc")) is None
    assert withdrawal_row("code", Stored(), Stored("abc")) is None


@given(st.integers(0, 10**6), st.booleans(), st.sampled_from(["-", "", " ", "\u2013", " - "]))
def test_a_code_is_read_however_it_is_copied(number: int, lower: bool, between: str) -> None:
    code = code_of(Stored(vars={"withdrawal_key": "ab" * 32}), Stored(str(number)))
    assert code is not None
    typed = between.join(code.split("-")).replace("0", "O").replace("1", "l")
    assert read_code(f" {typed.lower() if lower else typed}\n") == code


@pytest.mark.parametrize("text", ["", "ABCD", "ABCD-EFGH-JKMN-PQRS", "ABCD-EFGH-JKMU", "ABCD EFGH JK!N"])
def test_anything_else_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(InvalidCode, match=r"^CODE is .*; a withdrawal code has 12 letters and digits, as in ABCD-EFGH-JKMN\.$"):
        read_code(text)


def test_the_export_has_the_fingerprint_and_the_time_of_the_first_withdrawal(session: Stored) -> None:
    person = Stored("abc")
    code = code_of(session, person)
    assert code is not None
    assert withdrawal_row("session", session, person) == ["session", "abc", fingerprint(code), ""]
    first = note_forgotten(person, 0.0)
    assert note_forgotten(person, 99.0) == first == forgotten_at(person) == "1970-01-01T00:00:00+00:00"
    assert withdrawal_row("session", session, person) == ["session", "abc", fingerprint(code), first]
