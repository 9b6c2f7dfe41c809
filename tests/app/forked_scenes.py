"""A fork server: oTree is set up once in a process of its own, and each scene is played in a child forked from it.

Each child has its own copy of all that is in memory: modules, the clock of the scenes, environment variables and oTree's database, which
is an SQLite connection to ``:memory:`` and so has no file or lock that two processes could share. Python seeds ``random`` anew in a child.

``ForkServer`` is what tests hold. The lower half of this file is the program that it starts, which is also the way to play a scene in a
process of its own: ``python forked_scenes.py BOOT CALL``.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import inspect
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LIMIT_SECONDS = 300
"""How long a scene may take, and before the first one oTree's start."""
LOG_BYTES = 6000


class SceneFailed(AssertionError):
    """A scene raised, died or took too long; the message ends with its log."""


class ForkServer:
    """A process in ``folder`` that has imported the module ``boot`` and forks a child for each scene; closed when this process ends."""

    def __init__(self, folder: Path, boot: str, environment: Mapping[str, str]) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  (it is read for as long as the process runs)
        command = [sys.executable, __file__, boot]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=pipe, stdout=pipe, stderr=self._log, text=True, start_new_session=True
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def play(self, call: Mapping[str, Any], limit: float = LIMIT_SECONDS) -> str:
        """The answer of a scene as JSON; the call names ``script``, ``scene`` and ``arguments``."""
        assert self._process.stdin
        assert self._process.stdout
        began = os.fstat(self._log.fileno()).st_size
        with contextlib.suppress(BrokenPipeError):  # it has ended, as the next lines find out
            print(json.dumps(call), file=self._process.stdin, flush=True)
        if not select.select([self._process.stdout], [], [], limit)[0]:
            self.kill()
            raise self._failure(call, f"did not end within {limit:g} seconds", began)
        status, _, answer = self._process.stdout.readline().rstrip("\n").partition(" ")
        if not status:
            self.kill()
            raise self._failure(call, "was not played: its fork server has ended", 0)
        if status != "0":
            raise self._failure(call, described(int(status)), began)
        return answer

    def is_running(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        assert self._process.stdin
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait(LIMIT_SECONDS)

    def kill(self) -> None:
        """End it, and the scene it is playing."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()

    def _failure(self, call: Mapping[str, Any], how: str, began: int) -> SceneFailed:
        size = os.fstat(self._log.fileno()).st_size
        log = os.pread(self._log.fileno(), LOG_BYTES, max(began, size - LOG_BYTES)).decode(errors="replace")
        return SceneFailed(f"the scene {call['scene']} of {call['script']} {how}; its log:\n{log}")


def described(status: int) -> str:
    """How a process ended, as ``os.waitstatus_to_exitcode`` reports it."""
    return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"


# --- the program ------------------------------------------------------------------------------------------------------


def play(script: str, scene: str, arguments: dict[str, Any]) -> str:
    """The scene's answer as JSON, in this process; a scene may be a coroutine."""
    answer = getattr(importlib.import_module(script.removesuffix(".py")), scene)(**arguments)
    return json.dumps(asyncio.run(answer) if inspect.iscoroutine(answer) else answer)


def serve(boot: str) -> None:
    """Fork a child for each line of JSON, and answer with its status and what it answered, until there are no more."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    booted = importlib.import_module(boot)
    getattr(booted, "before_forks", lambda: None)()
    threads = [thread.name for thread in threading.enumerate() if thread is not threading.current_thread()]
    if threads:
        sys.exit(
            f"{boot} has started {', '.join(threads)}, and a fork has no threads but its own: play its scenes in processes of their own"
        )
    gc.collect()
    gc.freeze()  # a child need not go through what it does not change
    for line in iter(sys.stdin.readline, ""):
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            _play_in_child(json.loads(line), write)
        os.close(write)
        text = _read_to_the_end(read)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(status, text, file=answers, flush=True)


def _play_in_child(call: dict[str, Any], write: int) -> None:
    status = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        answer = play(**call)
        with os.fdopen(write, "w") as out:
            out.write(answer)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _read_to_the_end(read: int) -> str:
    """What the child writes; the tests have ended where standard input does so meanwhile, and then so do the child and this process."""
    pieces = []
    while True:
        ready, _, _ = select.select([read, 0], [], [])
        if read in ready:
            piece = os.read(read, 1 << 20)
            if not piece:
                os.close(read)
                return b"".join(pieces).decode()
            pieces.append(piece)
        else:
            os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.path[0] = os.getcwd()  # the copy of the project, and not the folder of this file
    if len(sys.argv) == 2:
        serve(sys.argv[1])
    else:
        importlib.import_module(sys.argv[1])
        print(play(**json.loads(sys.argv[2])))
