"""Scenes of who knows what when; run by ``played.py`` as ``scenes.py`` is."""

from __future__ import annotations

from typing import Any

from scenes import NOTHING, Group, Played, Player, Q, R, session_scope


def one_round(fields: dict[str, Any], offers: list[dict[str, str]], changes: list[Any], config: str = "small_market") -> dict[str, Any]:
    """Every answer each subject gets before the result, in a session that is changed behind the subjects' backs.

    ``changes``: ["state", name], ["type", seat, name] before the first page, or ["draw", seed] for another draw of the inactive.
    """
    played = Played(config, len(offers), **fields)
    for kind, *what in changes:
        if kind == "state":
            played.change(Group, {"round_number": 1}, {"state": what[0]})
        elif kind == "type":
            played.change(Player, {"round_number": 1, "id_in_group": what[0] + 1}, {"type": what[1]})
        else:
            played.change_seed(what[0])
    played.consent()
    for subject, offer in zip(played.subjects[:-1], offers, strict=False):
        subject.offer(1, offer)
    played.subjects[-1].reload()
    before_draw = [len(subject.answers) for subject in played.subjects]
    played.subjects[-1].offer(1, offers[-1])
    played.reload()
    after_draw = played.pages
    for subject in played.subjects[:-1]:
        if subject.page == "SecondOffer":
            subject.offer(2, NOTHING)
        elif subject.page == "NoSecondOffer":
            subject.send()
    played.subjects[0].reload()
    seen = [[played.anonymous(answer) for answer in subject.answers] for subject in played.subjects]
    return {
        "before_draw": [answers[:count] for answers, count in zip(seen, before_draw, strict=True)],
        "before_result": seen,
        "after_draw": after_draw,
        "types": [row[0] for row in played.rows("type")],
        "known": [subject.known for subject in played.subjects],
        "pages": played.pages,
    }


def what_seats_know(fields: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """The contents of each seat's view before the draw, after it, and with the result."""
    from parimutuel_twostage.knowledge import seat_view

    def views() -> list[dict[str, Any]]:
        with session_scope():
            players = Player.objects_filter(round_number=1).order_by("participant_id")
            return [
                {
                    "active": view.active,
                    "hears": view.announcement is not None,
                    "state": view.state,
                    "ends": view.outcome is not None,
                    "market": view.market is not None,
                    "history": len(view.history),
                }
                for view in map(seat_view, players)
            ]

    played = Played("small_market", 4, seed="7", **fields).consent()
    known = [views()]
    played.offers(1, [Q, R, NOTHING, Q])
    known.append(views())
    played.offers(2, [R] * 4)
    return [*known, views()]


def all_alike(fields: dict[str, Any]) -> dict[str, Any]:
    """Everybody makes the same first offer."""
    played = Played("small_market", 4, **fields).consent().offers(1, [Q] * 4)
    after_draw = played.pages
    played.offers(2, [R] * 4)
    return {"after_draw": after_draw, "export": played.export("custom_export")}


def inactive_result(fields: dict[str, Any]) -> dict[str, Any]:
    """Whether what an inactive subject sees at the result depends on what the others offered at stage 2."""
    seen = []
    for others in (Q, R):
        played = Played("small_market", 4, **fields).consent().offers(1, [Q, R, NOTHING, Q])
        idle = played.subjects[played.pages.index("NoSecondOffer")]
        played.offers(2, [others] * 4)
        assert idle.page == "Result"
        seen.append(played.anonymous(idle.text))
    return {"differs": seen[0] != seen[1]}
