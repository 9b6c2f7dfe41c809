"""What the templates take over from oTree is oTree's, as installed."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[2] / "_templates"


@pytest.mark.parametrize(("name", "theirs"), [("Base_UserFacing.html", "<html>"), ("RoomWelcomePage.html", '<html lang="en">')])
def test_templates_taken_over_are_those_of_otree_but_for_the_language(name: str, theirs: str) -> None:
    spec = find_spec("otree")  # finds the folder without starting oTree
    assert spec is not None
    assert spec.submodule_search_locations is not None
    original = (Path(spec.submodule_search_locations[0]) / "templates" / "otree" / name).read_text(encoding="utf-8")
    ours = (TEMPLATES / "otree" / name).read_text(encoding="utf-8")
    assert ours.count('<html lang="{% language_code %}">') == original.count(theirs) == 1
    assert _after_the_note(ours).replace('<html lang="{% language_code %}">', theirs) == _after_the_note(original)


def _after_the_note(template: str) -> str:
    return template[template.index("<!DOCTYPE html>") :].rstrip()
