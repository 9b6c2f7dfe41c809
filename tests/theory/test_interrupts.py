"""Ctrl-C that waits is raised at the end, once, and only where it came."""

from __future__ import annotations

import signal
import threading

import pytest

from theory.interrupts import interrupts_wait
from theory.sweeps.workers import in_processes


def test_an_interrupt_waits_for_the_end_and_is_not_lost():
    done = []

    @interrupts_wait()
    def work():
        signal.raise_signal(signal.SIGINT)
        done.append("all of it")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["all of it"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_without_an_interrupt_nothing_is_raised():
    with interrupts_wait():
        pass
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interrupt_waits_for_an_error_too():
    @interrupts_wait()
    def work():
        signal.raise_signal(signal.SIGINT)
        raise ValueError("an error")

    with pytest.raises(KeyboardInterrupt) as caught:
        work()
    assert isinstance(caught.value.__context__, ValueError)


def test_one_who_ignores_interrupts_goes_on_ignoring_them():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interrupts_wait():
            signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_another_thread_than_the_main_one_is_left_alone():
    seen = []

    def other():
        with interrupts_wait():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]


def test_an_interrupt_while_workers_are_started_is_not_lost():
    def tasks():
        signal.raise_signal(signal.SIGINT)
        yield from ((number,) for number in range(4))

    with pytest.raises(KeyboardInterrupt):
        list(in_processes(2, abs, tasks()))
