"""The commands `python -m serve [run | stop | demo | archive | forget]`: what `make serve`, `make stop` and their like call."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from babel.numbers import list_currencies

from experiment.language import UnknownLanguage, read_language
from serve.launcher import Launcher, Options, stop_running, stopping_on_signals
from serve.problem import ServeProblem
from serve.remembered import remembered
from serve.setup import is_suitable


def main(arguments: Sequence[str]) -> int:
    """Run one command. Returns 0, or 1 after a sentence that says what is wrong."""
    wanted = _parser().parse_args(arguments)
    try:
        if not is_suitable(sys.version_info[:2]):
            raise ServeProblem(f"Python 3.11, 3.12 or 3.13 is needed, not {sys.version_info[0]}.{sys.version_info[1]}: run `make setup`.")
        return {"run": _run, "stop": _stop, "demo": _demo, "archive": _archive, "forget": _forget}[wanted.command](wanted)
    except ServeProblem as problem:
        print(problem, file=sys.stderr)
        return 1


def _run(wanted: argparse.Namespace) -> int:
    launcher = Launcher(_options(wanted), say=_say)
    with stopping_on_signals(launcher):
        launcher.run()
    _say("Stopped: server, timeout worker and database.")
    return 0


def _stop(wanted: argparse.Namespace) -> int:
    _say("Stopped." if stop_running(_options(wanted).data) else "Nothing is being served.")
    return 0


def _demo(wanted: argparse.Namespace) -> int:
    from serve.demo import demo

    return demo(_options(wanted), Path(wanted.out or "demo_output"), wanted.config)


def _archive(wanted: argparse.Namespace) -> int:
    from serve.archive import archive, server

    done = archive(server(wanted.url, _options(wanted).data), wanted.session, Path(wanted.out or "archive"))
    _say(f"{done.folder} holds {done.files} files of session {wanted.session}; its README.txt explains the files.")
    if done.warning:
        print(done.warning, file=sys.stderr)
    return 0


def _forget(wanted: argparse.Namespace) -> int:
    from serve.archive import server
    from serve.forget import forget

    now = datetime.now(UTC).isoformat(timespec="seconds")
    for done in forget(wanted.session, now, lambda: server(wanted.url, _options(wanted).data), Path(wanted.out or "archive")):
        _say(done)
    return 0


def _options(wanted: argparse.Namespace) -> Options:
    options = Options(lan=_is_on(os.environ.get("LAN", "")), database_url=os.environ.get("DATABASE_URL") or None)
    options = replace(options, port=_port(wanted.port or os.environ.get("PORT") or "8000"))
    if wanted.lan:
        options = replace(options, lan=True)
    if wanted.data:
        options = replace(options, data=Path(wanted.data))
    if wanted.project:
        options = replace(options, project=Path(wanted.project))
    return _with_speech(wanted, options)


def _with_speech(wanted: argparse.Namespace, options: Options) -> Options:
    """The language and currency of new sessions: as requested, or else those of the last start from this folder."""
    language = wanted.language or os.environ.get("EXPERIMENT_LANGUAGE")
    currency = wanted.currency or os.environ.get("EXPERIMENT_CURRENCY")
    last = remembered(options.data) if wanted.command == "run" and not (language and currency) else {}
    return replace(
        options,
        language=_language(language or last.get("language") or options.language),
        currency=_currency(currency or last.get("currency") or options.currency),
        as_before=tuple(name for name, told in (("language", language), ("currency", currency)) if not told and name in last),
    )


def _port(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise ServeProblem(f"PORT is {text!r}, but it must be a number from 1 to 65535.")
    return int(text)


def _language(code: str) -> str:
    try:
        return read_language(code).code
    except UnknownLanguage as unknown:
        raise ServeProblem(str(unknown)) from None


def _currency(code: str) -> str:
    if code not in list_currencies():
        raise ServeProblem(f"The currency {code!r:.20} is not known; it must be an ISO code such as EUR, GBP or USD.")
    return code


def _is_on(text: str) -> bool:
    if text.lower() in ("", "0", "no", "false", "off"):
        return False
    if text.lower() in ("1", "yes", "true", "on"):
        return True
    raise ServeProblem(f"LAN is {text!r}, but it must be 1 (every machine on the network may connect) or 0 (only this one).")


def _say(text: str) -> None:
    print(text, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m serve", description="Serve the experiment, with its database, until Ctrl-C.")
    parser.add_argument(
        "command",
        nargs="?",
        default="run",
        choices=["run", "stop", "demo", "archive", "forget"],
        help="run (the default), stop, demo, archive, or forget",
    )
    parser.add_argument(
        "session",
        nargs="?",
        default="",
        metavar="CODE",
        help="the code of the session to archive, or the withdrawal code of the participant to forget",
    )
    parser.add_argument("--port", help="the port (default: PORT, or 8000)")
    parser.add_argument("--lan", action="store_true", help="accept connections from the lab's network (default: LAN, or this machine only)")
    parser.add_argument("--data", help="the folder of database, secrets and log (default: .serve)")
    parser.add_argument("--project", help="the oTree project to serve (default: this one)")
    parser.add_argument("--language", help="the language of the subjects (default: EXPERIMENT_LANGUAGE, or that of the last start, or en)")
    parser.add_argument(
        "--currency", help="the currency they are paid in, an ISO code (default: EXPERIMENT_CURRENCY, or that of the last start, or USD)"
    )
    parser.add_argument("--out", help="where the demo writes (default: demo_output), or the folder of archives (default: archive)")
    parser.add_argument(
        "--url", help="archive from this server, or forget on it, with the REST key in OTREE_REST_KEY (default: the server that runs here)"
    )
    parser.add_argument("--config", help="the session config that the demo plays (default: the first)")
    return parser
