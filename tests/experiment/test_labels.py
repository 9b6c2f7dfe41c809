"""Labels in addresses, and the rooms that lists of labels make; the routes themselves are tested in tests/app and tests/serve."""

from __future__ import annotations

import pytest

from experiment.labels import listed_rooms, refusal_of_visitor, wrong_address

WELCOME = "Welcome.html"


def test_each_list_makes_a_room_of_its_name_with_secure_addresses(tmp_path):
    (tmp_path / "monday_1.txt").write_text("ann\nbob\n")
    (tmp_path / "README.md").write_text("no list")
    rooms, left_out = listed_rooms(WELCOME, (), tmp_path)
    assert left_out == []
    (room,) = rooms
    assert room["name"] == "monday_1"
    assert room["display_name"] == "Monday 1"
    assert room["use_secure_urls"] is True
    assert room["welcome_page"] == WELCOME
    assert room["participant_label_file"] == str(tmp_path / "monday_1.txt")


def test_no_folder_of_lists_is_no_room(tmp_path):
    assert listed_rooms(WELCOME, (), tmp_path / "none") == ([], [])


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("mon-day", b"ann", "its name may have letters"),
        ("lab", b"ann", "there is a room lab already"),
        ("monday", b"", "it has no label"),
        ("monday", b"ann\nb-b", "the label 'b-b'"),
        ("monday", b"x" * 65, "the label 'xxx"),
        ("monday", "\N{LATIN SMALL LETTER A WITH DIAERESIS}nn".encode(), "the label"),
        ("monday", b"\xff\xfe", "it cannot be read"),
    ],
)
def test_a_list_that_will_not_do_is_left_out_with_a_sentence(tmp_path, name, content, why):
    (tmp_path / f"{name}.txt").write_bytes(content)
    rooms, (sentence,) = listed_rooms(WELCOME, ("lab",), tmp_path)
    assert rooms == []
    assert sentence.startswith(f"_rooms/{name}.txt defines no room: {why}")
    assert sentence.endswith(".")


def test_who_needs_a_label_and_has_none_is_told_that_the_address_is_incomplete():
    assert refusal_of_visitor("lab", "") is None
    incomplete = refusal_of_visitor("online", "")
    assert incomplete
    assert incomplete == refusal_of_visitor("monday", "", listed=True) != wrong_address()


@pytest.mark.parametrize("label", ["=1+1", "a b", ["ann"], 7, "x" * 65])
def test_what_is_no_label_is_refused_in_every_room(label):
    assert {refusal_of_visitor(room, label) for room in ("lab", "online", "monday")} == {wrong_address()}
