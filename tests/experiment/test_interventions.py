"""The experimenter's changes to deadlines are stored with the session."""

from dataclasses import dataclass, field

from experiment.interventions import MOST_KEPT, Intervention, interventions, note_intervention


@dataclass
class Session:
    vars: dict = field(default_factory=dict)


def test_a_session_without_interventions_has_none():
    assert interventions(Session()) == ()


def test_interventions_come_back_as_noted_in_order_as_plain_data():
    session, done = Session(), [Intervention(1.5, "Paused."), Intervention(2.5, "No.", refused=True)]
    for one in done:
        note_intervention(session, one)
    assert interventions(session) == tuple(done)
    assert all(type(kept) is dict for kept in session.vars["interventions"])


def test_of_very_many_the_oldest_are_forgotten():
    session = Session()
    for moment in range(MOST_KEPT + 3):
        note_intervention(session, Intervention(float(moment), "Paused."))
    kept = interventions(session)
    assert (len(kept), kept[0].at) == (MOST_KEPT, 3.0)
