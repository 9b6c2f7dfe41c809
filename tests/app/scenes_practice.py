"""Scenes of practice against computer traders; run by ``played.py`` as ``scenes.py`` is."""

from __future__ import annotations

from typing import Any

from scenes import NOTHING, C, Group, Played, Q, R, Session, Subject, session_scope, skip_time

OFFERS = (Q, R, NOTHING)


def practise(subject: Subject, rounds: int, number: int = 0) -> list[list[Any]]:
    """Play the practice rounds of one subject; each page with its text."""
    seen: list[list[Any]] = []
    for count in range(rounds):
        for _ in range(3):
            seen.append([subject.page, subject.text])
            stage = {"FirstOffer": 1, "SecondOffer": 2}.get(subject.page)
            if stage:
                subject.offer(stage, OFFERS[(number + count + stage) % 3])
            else:
                subject.send()
    return seen


def lone_participant() -> dict[str, Any]:
    """One of twelve goes through practice; nobody else has come. Then another one comes, and begins."""
    played = Played(
        "mixed_values",
        12,
        seed="7",
        practice_rounds=2,
        rounds=1,
        stage1_deadline_seconds=60,
        stage2_deadline_seconds=60,
        result_deadline_seconds=60,
    )
    first, second = played.subjects[:2]
    seen = practise(first.come().send(), 2)
    second.come().send()
    return {
        "seen": seen,
        "waits": [first.page, first.text],
        "second": [second.page, second.text],
        "knows": first.known,
        "export": played.export("custom_export"),
        "sessions": played.export("custom_export_sessions"),
        "report": played.admin.get(f"/AdminReport/{played.code}").text,
        "others": played.rows("stage1_source", "points", round_number=1)[1:],
        "groups": [len(set(map(str, played.rows("group_id", round_number=n)))) for n in (1, 2, 3)] if C.NUM_ROUNDS > 3 else [],
    }


def practice_with_computed_chances(seeds: list[str]) -> list[list[list[str]]]:
    """Every page of both practice rounds of one subject, with the posterior computed and beliefs asked for; by seed."""
    seen = []
    for seed in seeds:
        played = Played("small_market", 4, seed=seed, practice_rounds=2, rounds=2, show_posterior=True, beliefs=True).consent()
        subject, pages = played.subjects[0], []
        while sum(page == "Result" for page, _ in pages) < 2:
            pages.append([subject.page, subject.text])
            stage = {"FirstOffer": 1, "SecondOffer": 2}.get(subject.page)
            if stage:
                subject.offer(stage, Q)
            elif subject.page == "Beliefs":
                subject.send([("belief", "70"), ("belief", "30")])
            else:
                subject.send()
        seen.append(pages)
    return seen


def slow_practice() -> dict[str, Any]:
    """Three of four have finished practising long before the fourth; whose clock runs, and from when."""
    played = Played(
        "small_market",
        4,
        seed="7",
        practice_rounds=2,
        rounds=1,
        stage1_deadline_seconds=60,
        stage2_deadline_seconds=60,
        result_deadline_seconds=60,
    )
    played.consent()
    for number, subject in enumerate(played.subjects[:3]):
        practise(subject, 2, number)
    before = played.pages
    skip_time(50)
    practise(played.subjects[3], 2)
    played.reload()
    with session_scope():
        group = Group.objects_filter(session=Session.objects_get(code=played.code), round_number=3).one()
        time_given = group.stage1_deadline - group.stage1_opened
    return {"before": before, "after": played.pages, "time_given": time_given}


def sessions_with_practice(fields: dict[str, Any], participants: int) -> dict[str, Any]:
    """The whole session with practice alone, with practice in markets and without; the exports, and the states and types drawn."""
    answers: dict[str, Any] = {}
    for name, practice in (("alone", {"practice_rounds": 2}), ("without", {"practice_rounds": 0})):
        played = Played("small_market", participants, seed="11", rounds=2, **fields, **practice).consent()
        if practice["practice_rounds"]:
            for number, subject in enumerate(played.subjects):
                practise(subject, 2, number)
            played.reload()
        while played.subjects[0].page != "Payment":
            played.round([OFFERS[seat % 3] for seat in range(participants)])
        answers[name] = {kind: played.export(f"custom_export{kind}") for kind in ("", "_sessions", "_payments")}
        answers[name]["report"] = played.admin.get(f"/AdminReport/{played.code}").text
    return answers
