"""How often a password may be tried, by an invented clock."""

from __future__ import annotations

import asyncio

import pytest

from experiment.network.login_limits import UNKNOWN, Delays, FailedAttempts, readable_address, same_secret, source_of


def test_a_source_waits_from_its_last_allowed_failure_until_the_first_is_a_period_old():
    failed = FailedAttempts(most=3, period=60.0)
    for now in (0.0, 10.0, 20.0):
        assert failed.seconds_to_wait("a", now) == 0.0
        failed.note("a", now)
    assert failed.seconds_to_wait("a", 20.0) == 40.0
    assert failed.seconds_to_wait("a", 60.0) == 0.0
    assert failed.seconds_to_wait("b", 20.0) == 0.0
    failed.note("a", 60.0)
    assert failed.seconds_to_wait("a", 61.0) == 9.0


def test_failures_of_any_number_of_sources_keep_no_source_but_their_own_out_and_take_bounded_memory():
    failed = FailedAttempts(most=2, period=60.0, sources=100)
    for number in range(10_000):
        failed.note(str(number), 0.0)
    assert len(failed._times) == 100
    assert failed.seconds_to_wait("the administrator", 0.0) == 0.0


def test_the_source_that_failed_last_is_remembered():
    failed = FailedAttempts(most=2, sources=2)
    for source in ("a", "b", "a", "c"):
        failed.note(source, 0.0)
    assert [failed.seconds_to_wait(source, 0.0) > 0 for source in ("a", "b", "c")] == [True, False, False]


@pytest.mark.parametrize(
    ("host", "readable", "source"),
    [
        ("192.0.2.7", "192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:4711", "192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::1", "2001:db8::/64"),
        ("[2001:db8::1]:80", "2001:db8::1", "2001:db8::/64"),
        ("fe80::1%eth0\nINFO: forged", "fe80::1", "fe80::/64"),
        ("evil\nINFO: forged", UNKNOWN, UNKNOWN),
        ("", UNKNOWN, UNKNOWN),
    ],
)
def test_an_address_is_written_in_one_way_and_nothing_else_is_repeated(host, readable, source):
    assert (readable_address((host, 1)), source_of((host, 1))) == (readable, source)


@pytest.mark.parametrize("client", [None, (), [], "192.0.2.7"])
def test_a_client_without_an_address_is_unknown(client):
    assert (readable_address(client), source_of(client)) == (UNKNOWN, UNKNOWN)


def test_answers_beyond_the_most_that_are_held_back_go_at_once():
    async def play() -> tuple[int, bool, int]:
        delays = Delays(seconds=3600.0, most=2)
        held = [asyncio.create_task(delays.hold_back()) for _ in range(2)]
        await asyncio.sleep(0)
        await asyncio.wait_for(delays.hold_back(), 60)
        running = delays.running
        waiting = not any(task.done() for task in held)
        for task in held:
            task.cancel()
        await asyncio.gather(*held, return_exceptions=True)
        return running, waiting, delays.running

    assert asyncio.run(play()) == (2, True, 0)


@pytest.mark.parametrize(
    ("given", "wanted", "same"),
    [
        ("a", "a", True),
        ("a", "b", False),
        ("a", "ab", False),
        ("ä", "ä", True),
        ("\ud800", "\ud800", True),
        ("", "", True),
        (None, "a", False),
    ],
)
def test_secrets_are_compared_whatever_is_in_them(given, wanted, same):
    assert same_secret(given, wanted) is same
    assert not same_secret(given, None)
    assert not same_secret(None, wanted)
