"""Scenes about the one connection to the database: see ``played.py``."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from scenes import Played  # it starts oTree

# isort: split
from otree.channels.consumers import LiveConsumer
from otree.database import engine, session_scope
from otree.middleware import lock2
from sqlalchemy import event


def statements_out_of_turn() -> list[int]:
    """How many statements a message to a live page sends while another request is answered, and how many after it."""
    code = Played("small_market", 4).consent().code
    sent: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *call: sent.append(call[2]))

    async def message() -> list[int]:
        query = f"participant_code={code}&page_name=x&session_code=x&page_index=1"
        scope = {"type": "websocket", "path_params": {}, "query_string": query.encode()}
        consumer = LiveConsumer(scope, None, None)
        async with lock2:
            talk = asyncio.create_task(consumer.on_receive(None, {}))
            for _ in range(20):
                await asyncio.sleep(0)
            meanwhile = len(sent)
        with suppress(Exception):
            await talk
        return [meanwhile, len(sent) - meanwhile]

    with session_scope():
        return asyncio.run(message())
