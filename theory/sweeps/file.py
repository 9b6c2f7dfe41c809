"""The CSV of a sweep on disk, and the record of what made it, so that an interrupted sweep resumes and cannot be mixed with another."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from theory.interrupts import interrupts_wait
from theory.sweeps.grid import Value
from theory.sweeps.sweep import OtherSweep, Row, Sweep, Written, check_record, lines, read_record, written

RECORD = ".sweep.json"
ELSEWHERE = "choose another file or move it away"


class Unwritable(RuntimeError):
    """A CSV that this sweep cannot or must not write. The message is one sentence."""


class SweepFile:
    """An open CSV; ``written`` says how much of the sweep it holds. Rows that cannot be kept stay until others replace them."""

    def __init__(self, path: Path, file: FileIO, size: int, start: Written) -> None:
        self.path, self.written = path, start
        self._file, self._size = file, size

    def append(self, values: Sequence[Value], rows: Sequence[Row]) -> None:
        """Write the next point. Raises Unwritable, also if anything else has written to the file since the last point.

        An interrupt waits until the point is written and counted.
        """
        text = lines(values, rows)
        with interrupts_wait():
            try:
                if os.fstat(self._file.fileno()).st_size != self._size:
                    raise Unwritable(f"{self.path} was changed by something else while this sweep was writing it.")
                self._file.truncate(self.written.size)
                _write(self._file, text.encode())
            except OSError as error:
                raise _unwritable(self.path, error) from None
            self.written = self.written.and_then(text, rows)
            self._size = self.written.size


@contextmanager
def open_sweep(path: Path, sweep: Sweep) -> Iterator[SweepFile]:
    """The CSV at ``path``, ready to resume. Raises Unwritable, and changes nothing, if it belongs to another sweep."""
    try:
        content, start = _begun(path, sweep)
        file = path.open("ab", buffering=0)
        if not start.size:
            content = sweep.header.encode()
            start = Written(size=len(content))
            file.truncate(0)
            _write(file, content)
    except OSError as error:
        raise _unwritable(path, error) from None
    with file:
        yield SweepFile(path, file, len(content), start)


def _begun(path: Path, sweep: Sweep) -> tuple[bytes, Written]:
    """What the file already holds, and how much of it can be kept; if it holds nothing yet, the record is written."""
    record = path.with_name(path.name + RECORD)
    if not path.parent.is_dir():
        raise Unwritable(f"There is no folder {path.parent} to write {path.name} in.")
    for there in (path, record):
        if there.exists() and not there.is_file():
            raise Unwritable(f"{there} is not a file that can be written.")
    content = path.read_bytes() if path.exists() else b""
    if content and not record.exists():
        raise Unwritable(f"{path} exists, and there is no {record.name} of a sweep that made it; {ELSEWHERE}.")
    try:
        if content:
            check_record(sweep, record.read_bytes())
            return content, written(sweep, content)
        if record.exists():
            read_record(record.read_bytes())
    except OtherSweep as error:
        raise Unwritable(f"{path} {error}; {ELSEWHERE}.") from None
    _write_record(record, sweep)
    return content, Written()


def _write_record(record: Path, sweep: Sweep) -> None:
    """Write the whole text or nothing."""
    part = record.with_name(record.name + ".part")
    part.write_text(json.dumps(sweep.record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(part, record)


def _write(file: FileIO, content: bytes) -> None:
    """Write all of it: a nearly full disk first accepts a part and then refuses the rest."""
    while content:
        content = content[file.write(content) :]


def _unwritable(path: Path, error: OSError) -> Unwritable:
    return Unwritable(f"{path} cannot be written: {error.strerror or error}.")
