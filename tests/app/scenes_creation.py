"""Scenes of sessions that are created, refused, and edited while they run; run by ``played.py`` as ``scenes.py`` is."""

from __future__ import annotations

from typing import Any

from scenes import Client, Played, Q, Session, _experiments, dbq, experiment_of, rows_in_database, session_scope, wanted


def refused(config: str, participants: int, fields: dict[str, Any]) -> dict[str, Any]:
    """Ask for a session by REST and by the admin's form; the answers, and what is left in the database."""
    client = Client()
    by_rest = client.post("/api/sessions", json=wanted(config, participants, fields))
    after_rest = rows_in_database()
    form = {"session_config": config, "num_participants": str(participants), f"{config}.inactive_see_market": "on"}
    fields = wanted(config, participants, fields)["modified_session_config_fields"]
    form |= {f"{config}.{name}": str(value) for name, value in fields.items() if value is not False}
    with client.websocket_connect("/create_session") as socket:
        socket.send_json(form)
        said = socket.receive_json()
        while "progress" in said:
            said = socket.receive_json()
    return {
        "status": by_rest.status_code,
        "rest": by_rest.text,
        "form": said.get("error", ""),
        "left": [after_rest, rows_in_database()],
    }


def asked_by_rest(asked: dict[str, Any]) -> dict[str, Any]:
    """Ask for a session by REST with this body; the answer, and what is left in the database."""
    wish = {"session_config_name": "small_market", "num_participants": 4, **asked}
    answer = Client().post("/api/sessions", json=wish)
    return {"status": answer.status_code, "rest": answer.text, "left": rows_in_database()}


def unforeseen_error() -> dict[str, Any]:
    """An error occurs while the rounds of a session are prepared."""
    from parimutuel_twostage import market

    def breaks(subsession: Any) -> None:
        raise RuntimeError("broken on purpose")

    market.prepare_round = breaks
    return asked_by_rest({})


def fee_edited(fee: float) -> list[Any]:
    """The admin changes the show-up fee of a running session; the answer to a reload, and the fee in force."""
    from otree.currency import RealWorldCurrency

    played = Played("small_market", 4, seed="7", participation_fee=5.0).consent()
    with session_scope():
        session = dbq(Session).one()
        session.config = {**session.config, "participation_fee": RealWorldCurrency(fee)}
    _experiments.clear()
    played.reload()
    with session_scope():
        return [played.subjects[0].status, f"{experiment_of(dbq(Session).one()).settings.participation_fee:.2f}"]


def environment_edited() -> dict[str, Any]:
    """The environment's file changes, and the server's caches are cleared, while a session runs."""
    from pathlib import Path

    played = Played("small_market", 4, seed="7").consent()
    file = Path("environments/small_market.toml")
    file.write_text(file.read_text().replace("q = 10.0", "q = 20.0").replace("scale = 80.0", "scale = 8.0"))
    _experiments.clear()
    played.reload()
    known = played.subjects[0].known["endowment"]
    file.unlink()
    _experiments.clear()
    played.round([Q] * 4)
    return {"endowment": known, "pages": played.pages, "bundles": played.rows("final_q", "final_r")}


def whole_session_status(fields: dict[str, Any]) -> list[Any]:
    """How REST answers a request for a session."""
    answer = Client().post("/api/sessions", json=wanted("small_market", 4, fields))
    return [answer.status_code, answer.text]
