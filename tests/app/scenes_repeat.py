"""A scene in which the absent repeat their first offers, played like those of ``scenes.py``."""

from __future__ import annotations

from typing import Any

from scenes import NOTHING, Played, Q, R, skip_time


def repeated(fields: dict[str, Any]) -> dict[str, Any]:
    """Two rounds in which two of the active miss stage 2; where all are in the end, and the exports."""
    played = Played("small_market", 4, **fields).consent()
    for _ in range(2):
        played.offers(1, [Q, R, NOTHING, R])
        gone = [subject for subject in played.subjects if subject.page == "SecondOffer"][:2]
        for subject in played.subjects:
            if subject not in gone:
                subject.offer(2, R) if subject.page == "SecondOffer" else subject.send()
        skip_time(fields["stage2_deadline_seconds"] + 10)
        for subject in gone:
            subject.send({"timeout_happened": "1"})
        skip_time(10)
        played.reload()
        skip_time(100)
        played.reload().read()
    return {"pages": played.pages, **{name: played.export(f"custom_export{name}") for name in ("", "_sessions", "_payments")}}
