"""The server has one connection to its database and nobody uses it without the lock."""

from tests.app.played import play


def test_a_message_to_a_live_page_waits_for_its_turn(project):
    meanwhile, after = play(project, "statements_out_of_turn", script="scenes_database_lock.py")
    assert meanwhile == 0
    assert after > 0
