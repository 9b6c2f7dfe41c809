"""No connection can block the web server: each limit alone, on small applications. All run in one process, as oTree starts slowly."""

import pytest

from tests.app.played import play
from tests.serve.floods import CONTINUED, LAST, PING, TEXT, bomb, frame

BEGINNINGS = ("nothing", "a part", "a second part", "a late second part", "half a body")
BEFORE_A_BODY = ("", "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
UNREAD = ((3, 5_000_000), (1000, 10))
HOSTILE = {
    "broken": b"\xff" * 300,
    "compressed": bomb(),
    "large": frame(TEXT, b"x" * 5000),
    "large in pieces": frame(TEXT, b"x" * 3000, 0) + frame(CONTINUED, b"x" * 3000),
    "empty pieces": frame(TEXT, b"", 0) + frame(CONTINUED, b"", 0) * 200,
    "messages": frame(TEXT, b"{}") * 200,
    "pings": frame(PING, b"x") * 200,
    "no utf-8": frame(TEXT, b"\xff"),
    "no begin": frame(CONTINUED, b"x"),
    "part of a ping": frame(PING, b"x", 0),
    "unknown kind": frame(7, b"x", LAST),
}
PLAYS = (
    *(("half_a_header", {"sent": sent}) for sent in BEGINNINGS),
    *(("a_websocket_that_reads_nothing", {"messages": messages, "size": size}) for messages, size in UNREAD),
    *(("what_is_sent", {"frames": frames.hex()}) for frames in HOSTILE.values()),
    ("a_long_answer_to_a_whole_header", {}),
    ("too_many_without_a_header", {}),
    *(("too_many_without_a_body", {"first": first}) for first in BEFORE_A_BODY),
    ("a_crowd_at_once", {"number": 100}),
    ("more_than_an_address_may_keep", {}),
    ("a_page_that_nobody_reads", {}),
    ("messages_and_a_goodbye", {"messages": 40}),
    ("messages_of_somebody_who_was_refused", {}),
    ("somebody_who_sends_little", {}),
    ("an_offer_of_compression", {}),
    ("a_path_with_a_line_of_its_own", {}),
    ("what_is_not_http", {}),
    ("a_stop_with_an_unread_websocket", {}),
)


@pytest.fixture(scope="module")
def scene(project):
    answers = play(project, "each", script="scenes_connections.py", plays=PLAYS)
    return lambda name, **arguments: answers[PLAYS.index((name, arguments))]


@pytest.mark.parametrize("sent", BEGINNINGS)
def test_who_sends_no_whole_header_or_body_is_hung_up_on(scene, sent):
    assert scene("half_a_header", sent=sent) is True


def test_who_waits_for_an_answer_is_not(scene):
    assert scene("a_long_answer_to_a_whole_header") is True


def test_the_oldest_without_a_header_go_and_others_are_answered(scene):
    assert scene("too_many_without_a_header") == [7, "HTTP/1.1 200 OK", 0]


@pytest.mark.parametrize("first", BEFORE_A_BODY)
def test_the_oldest_without_a_whole_body_go_and_others_are_answered(scene, first):
    assert scene("too_many_without_a_body", first=first) == [7, "HTTP/1.1 200 OK", 0]


def test_a_crowd_that_comes_while_the_server_is_busy_is_answered(scene):
    assert scene("a_crowd_at_once", number=100) == [100, 0]


def test_an_address_that_has_too_many_is_told_so(scene):
    assert scene("more_than_an_address_may_keep") == ["HTTP/1.1 503 Service Unavailable", "HTTP/1.1 200 OK"]


def test_who_takes_nothing_of_their_page_is_hung_up_on(scene):
    assert scene("a_page_that_nobody_reads") is True


@pytest.mark.parametrize(("messages", "size"), UNREAD)
def test_a_message_is_sent_without_waiting_for_a_client_that_does_not_read(scene, messages, size):
    assert scene("a_websocket_that_reads_nothing", messages=messages, size=size) == [False, True]


def test_messages_come_in_order_and_before_the_goodbye(scene):
    heard, code = scene("messages_and_a_goodbye", messages=40)
    assert heard == [str(number) for number in range(40)]
    assert code == 4321


def test_nothing_is_received_of_a_websocket_that_was_refused(scene):
    assert scene("messages_of_somebody_who_was_refused") == ["websocket.disconnect"]


@pytest.mark.parametrize("sent", HOSTILE)
def test_who_breaks_the_protocol_or_floods_is_hung_up_on(scene, sent):
    assert scene("what_is_sent", frames=HOSTILE[sent].hex()) == [True, True]


def test_who_sends_little_stays(scene):
    assert scene("somebody_who_sends_little") == [True, 1]


def test_no_compression_is_agreed_on(scene):
    answer = scene("an_offer_of_compression")
    assert " 101 " in answer
    assert "sec-websocket-extensions" not in answer


def test_an_address_that_would_write_into_the_log_is_refused(scene):
    assert " 400 " in scene("a_path_with_a_line_of_its_own")


def test_what_is_not_http_is_one_line_in_the_log(scene):
    assert scene("what_is_not_http") == ["Invalid HTTP request received."]


def test_the_server_stops_though_somebody_takes_nothing(scene):
    assert scene("a_stop_with_an_unread_websocket") is True
