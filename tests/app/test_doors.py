"""Who gets in by a recruiter's address: one seat for each label, the same link to the same place, and nothing that is not a label."""

import pytest

from experiment.labels import is_label
from tests.app.played import play

WRONG = ["=1+1", "-1-1", "+1", "@x", "<b>x</b>", "a b", "x" * 65, "ä", "a\nb"]


@pytest.mark.parametrize("label", WRONG)
def test_what_a_page_or_a_spreadsheet_could_mistake_is_no_label(label):
    assert not is_label(label)


def test_a_label_is_a_seat_and_the_same_link_leads_back_to_it(project):
    seen = play(project, "room_entrance", script="scenes_lobby.py", labels=["5f3a_b-1", "second", "5f3a_b-1", *WRONG, None, None])
    assert seen["previews"] == [200] * len(seen["previews"]), "a preview of the link shows the welcome page and takes no seat"
    assert seen["statuses"] == [302] * 3 + [404] * (len(WRONG) + 2)
    assert seen["places"][0] == seen["places"][2] != seen["places"][1]
    assert seen["refusals"][:3] == [None] * 3
    assert len(set(seen["refusals"][3:])) == 2
    assert all(refusal.endswith(".") for refusal in seen["refusals"][3:])
    assert seen["kept"] == ["5f3a_b-1", "second", None, None]
    assert seen["start"] == 404
