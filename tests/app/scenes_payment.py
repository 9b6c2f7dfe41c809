"""Scenes about beliefs, the questionnaire and the payment, played like those of ``scenes.py``."""

from __future__ import annotations

from typing import Any

from scenes import NOTHING, Group, Played, Q, R, Session, experiment_of, session_scope, skip_time

from experiment.leaving import leave
from experiment.session import _experiments

BELIEFS = ("70", "30"), ("0", "100"), ("55", "45"), ("100", "0")


def say_beliefs(played: Played) -> Played:
    for seat, subject in enumerate(played.subjects):
        if subject.page == "Beliefs":
            subject.send([("belief", percent) for percent in BELIEFS[seat % 4]])
    return played


def to_the_end(played: Played, offers: list[dict[str, str]]) -> Played:
    while not {"Questionnaire", "Payment"} & set(played.pages):
        say_beliefs(played.offers(1, offers)).offers(2, offers[1:] + offers[:1]).read()
    return played


def paid_session(fields: dict[str, Any], answers: list[dict[str, str]] | None = None, leavers: dict[str, str] | None = None) -> Any:
    """Play to the end, with some who left before it (a reason by seat); the exports, the pages, and what oTree says is paid."""
    offers = [(Q, R, NOTHING)[seat % 3] for seat in range(4)]
    Played("small_market", 4, **fields)  # another session, which no export of this one may show
    played = to_the_end(Played("small_market", 4, **fields).consent(), offers)
    with session_scope():
        people = Session.objects_get(code=played.code).get_participants()
        for seat, reason in (leavers or {}).items():
            leave(people[int(seat)], reason)
    before = played.reload().pages
    for seat, subject in enumerate(played.subjects):
        if subject.page == "Questionnaire":
            subject.send((answers or [{}])[seat % len(answers or [{}])])
    with session_scope():
        session = Session.objects_get(code=played.code)
        people = session.get_participants()
        otree = [
            [
                float(person.payoff),
                f"{float(person.payoff_in_real_world_currency()):.2f}",
                f"{float(person.payoff_plus_participation_fee()):.2f}",
            ]
            for person in people
        ]
        seed = experiment_of(session).seed
    questionnaire = f"app=parimutuel_outro&function_name=custom_export_questionnaire&session_code={played.code}"
    return {
        "code": played.code,
        "people": [subject.code for subject in played.subjects],
        "before": before,
        "pages": played.pages,
        "otree": otree,
        "otree_page": played.admin.get(f"/SessionPayments/{played.code}").text,
        "payment": [subject.text for subject in played.subjects],
        "seed": seed,
        "questionnaire": played.admin.get(f"/api/export_app_custom?{questionnaire}").content.decode("utf-8-sig"),
        **{name: played.export(f"custom_export{name}") for name in ("", "_sessions", "_payments", "_beliefs")},
    }


def fee_changed_after_the_end(fields: dict[str, Any], fee: float) -> Any:
    """The admin changes the show-up fee after the session: what oTree then says, and the export."""
    from otree.currency import RealWorldCurrency

    played = to_the_end(Played("small_market", 4, **fields).consent(), [Q] * 4)
    with session_scope():
        session = Session.objects_get(code=played.code)
        session.config = {**session.config, "participation_fee": RealWorldCurrency(fee)}
    _experiments.clear()
    with session_scope():
        people = Session.objects_get(code=played.code).get_participants()
        totals = [f"{float(person.payoff_plus_participation_fee()):.2f}" for person in people]
    return {"totals": totals, "_payments": played.export("custom_export_payments")}


def bad_answers(posts: list[list[list[str]]]) -> list[Any]:
    """Post each of these forms on the questionnaire: status, page, errors, hints under the fields; and what is stored after each."""
    from parimutuel_outro import Player

    played = to_the_end(Played("small_market", 4, seed="7", rounds=1).consent(), [Q] * 4)
    subject, said = played.subjects[0], []
    for post in posts:
        subject.send([(name, value) for name, value in post])
        with session_scope():
            player = Player.objects_filter(session=Session.objects_get(code=played.code)).order_by("participant_id").first()
            stored = [player.field_maybe_none(name) for name in ("age", "gender", "field_of_study", "risk", "comments")]
        said.append({"status": subject.status, "page": subject.page, "errors": subject.errors, "text": subject.text, "stored": stored})
    return said


def bad_beliefs(posts: list[list[str]]) -> dict[str, Any]:
    """Post each of these lists on the page for beliefs; how the server answers, and what it stored; then a belief."""
    played = Played("small_market", 4, seed="7", beliefs=True).consent().offers(1, [Q, R, NOTHING, Q])
    subject = next(one for one in played.subjects if one.page == "Beliefs")
    seat, said = played.subjects.index(subject), []
    for post in posts:
        subject.send([("belief", value) for value in post])
        said.append([post, subject.status, subject.page, subject.errors, subject.text])
    empty = played.rows("belief", "belief_source")[seat]
    here = subject.at
    subject.send([("belief", "70"), ("belief", "30")])
    after = subject.page
    subject.send([("belief", "1"), ("belief", "99")], at=here)
    return {"said": said, "empty": empty, "after": after, "stored": played.rows("belief", "belief_source")[seat], "again": subject.page}


def beliefs_by_state(state: str) -> dict[str, Any]:
    """The pages for beliefs of the active, in a market of this state; and where the inactive are."""
    played = Played("small_market", 4, seed="7", beliefs=True)
    played.change(Group, {"round_number": 1}, {"state": state})
    for seat, kind in enumerate(("blue", "green", "blue", "green")):
        from parimutuel_twostage import Player

        played.change(Player, {"round_number": 1, "id_in_group": seat + 1}, {"type": kind})
    played.consent().offers(1, [Q, R, NOTHING, Q])
    return {
        "pages": played.pages,
        "texts": [played.anonymous(one.text) for one in played.subjects],
        "known": [one.known for one in played.subjects],
    }


def late_belief() -> dict[str, Any]:
    """One belief in time, one half typed when the time is up, one typed too late; then the second offers, and the result."""
    played = Played("small_market", 4, seed="7", beliefs=True, rounds=2, stage2_deadline_seconds=60).consent().offers(1, [Q, R, NOTHING, Q])
    first, half, late = [subject for subject in played.subjects if subject.page == "Beliefs"]
    timed = "otree-timer" in first.text
    skip_time(20)
    first.send([("belief", "70"), ("belief", "30")])
    skip_time(41)
    half.send([("belief", "5"), ("belief", ""), ("timeout_happened", "1")])
    skip_time(4)
    late.send([("belief", "50"), ("belief", "50")])
    after = [first.page, half.page, late.page]
    for subject in played.subjects:
        subject.send({"timeout_happened": "1"})
    played.reload()
    order = [played.subjects.index(one) for one in (first, half, late)]
    rows = played.rows("belief", "belief_source", "belief_seconds", "stage2_source")
    return {
        "timed": timed,
        "after": after,
        "rows": [rows[seat] for seat in order],
        "pages": played.pages,
        "_beliefs": played.export("custom_export_beliefs"),
    }


def pages_without_beliefs(fields: dict[str, Any]) -> list[str]:
    """Where everybody is after the draw."""
    return Played("small_market", 4, seed="7", **fields).consent().offers(1, [Q] * 4).pages
