"""What the templates copy from oTree is the same as in the installed oTree."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

FIRST_BUTTON = r"\n *<button disabled hidden></button>"
TEMPLATES = Path(__file__).parents[2] / "_templates"


@pytest.mark.parametrize(("name", "theirs"), [("Base_UserFacing.html", "<html>"), ("RoomWelcomePage.html", '<html lang="en">')])
def test_templates_taken_over_are_those_of_otree_but_for_the_language_and_a_first_button(name: str, theirs: str) -> None:
    original = _of_otree(name)
    ours = (TEMPLATES / "otree" / name).read_text(encoding="utf-8")
    assert ours.count('<html lang="{% language_code %}">') == original.count(theirs) == 1
    ours = _after_the_note(ours).replace('<html lang="{% language_code %}">', theirs)
    assert re.sub(FIRST_BUTTON, "", ours) == _after_the_note(original)
    assert len(re.findall(FIRST_BUTTON, ours)) == original.count("<form>")


def test_our_pages_have_the_scripts_of_otree_but_those_no_page_needs_and_wait_for_none() -> None:
    ours = (TEMPLATES / "parimutuel" / "Page.html").read_text(encoding="utf-8")
    theirs = _scripts(_of_otree("Base_UserFacing.html") + _of_otree("Page.html"))
    in_frame = {"reconnecting-websocket-iife.min.js", "common_user_facing.js"}  # of Base_UserFacing.html, which our pages extend
    unused = {"internet-explorer.js", "bootstrap.bundle.min.js", "live.js"}
    assert _scripts(ours) == theirs - in_frame - unused | {"countdown.js", "desk.js", "keys.js"}
    assert len(re.findall(r"<script[^>]* src=", ours)) == len(re.findall(r"<script defer[^>]* src=", ours))
    ids = re.compile(r"""(?:id|data-[\w-]+)="[^"]*\"""")
    socket = re.compile(r"<script[^>]*page-websocket-redirect.js[^>]*>")
    (called,), (call,) = socket.findall(_of_otree("Page.html")), socket.findall(ours)
    assert ids.findall(call) == ids.findall(called)


def _scripts(template: str) -> set[str]:
    return set(re.findall(r"([\w.-]+\.js)' %}", template))


def _of_otree(name: str) -> str:
    spec = find_spec("otree")  # finds the folder without starting oTree
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return (Path(spec.submodule_search_locations[0]) / "templates" / "otree" / name).read_text(encoding="utf-8")


def _after_the_note(template: str) -> str:
    return template[template.index("<!DOCTYPE html>") :].rstrip()
