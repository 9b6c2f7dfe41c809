"""Which connection goes when there are too many."""

from dataclasses import dataclass, field

import pytest

from experiment.network.connections import PER_ADDRESS, Allowance, Connections, Limits, Newest, limits


@dataclass(eq=False)
class Line:
    address: str = "10.0.0.1"
    unread: bool = False
    ended: bool = False

    def has_unread(self):
        return self.unread

    def hang_up(self):
        self.ended = True


@dataclass
class Crowd:
    connections: Connections
    lines: list[Line] = field(default_factory=list)

    def come(self, number, address="10.0.0.1", unread=False):
        new = [Line(address, unread) for _ in range(number)]
        self.lines += new
        return [self.connections.opened(line) for line in new]

    @property
    def ended(self):
        return [place for place, line in enumerate(self.lines) if line.ended]


def crowd(**numbers):
    return Crowd(Connections(Limits(**numbers)))


def test_the_oldest_without_a_header_goes_and_the_newcomer_stays():
    people = crowd(half_open_per_address=3)
    assert all(people.come(5))
    assert people.ended == [0, 1]


def test_who_has_sent_a_whole_header_does_not_go_for_newcomers_without_one():
    people = crowd(half_open_per_address=3)
    people.come(2)
    for line in people.lines:
        people.connections.heard(line)
    people.come(5)
    assert people.ended == [2, 3]


def test_an_attacker_at_one_address_ends_no_connection_of_another_until_all_are_too_many():
    people = crowd(half_open_per_address=3, half_open=6)
    people.come(2, "10.0.0.2")
    people.come(50, "10.6.6.6")
    assert not people.lines[0].ended
    assert not people.lines[1].ended


def test_who_has_sent_something_that_the_server_has_not_read_yet_is_not_taken_for_silent():
    """Hundreds of clients that came while the server was busy sent their requests long ago."""
    people = crowd(half_open_per_address=3)
    assert all(people.come(10, unread=True))
    assert people.ended == []


def test_an_address_keeps_as_many_as_it_may_and_more_are_refused():
    people = crowd(per_address=4)
    for _ in range(4):
        people.come(1)
        people.connections.heard(people.lines[-1])
    assert people.come(1) == [False]
    assert people.come(1, "10.0.0.2") == [True]
    people.connections.closed(people.lines[0])
    assert people.come(1) == [True]


def test_idle_ones_make_room_for_a_newcomer():
    people = crowd(per_address=3, total=3)
    people.come(3)
    for line in people.lines:
        people.connections.heard(line)
    people.connections.rests(people.lines[1])
    assert people.come(1) == [True]
    assert people.ended == [1]


def test_websockets_that_anybody_may_have_opened_make_room_for_a_newcomer():
    people = crowd(per_address=3, total=4)
    people.come(3)
    people.come(1, "10.0.0.2")
    for line in people.lines:
        people.connections.heard(line)
    people.connections.can_be_spared(people.lines[3])
    people.connections.can_be_spared(people.lines[2])
    assert people.come(1) == [True]
    assert people.ended == [2]
    people.connections.heard(people.lines[4])
    assert people.come(1, "10.0.0.3") == [True]
    assert people.ended == [2, 3]


def test_all_addresses_together_keep_as_many_as_there_may_be():
    people = crowd(total=5)
    for place in range(5):
        people.come(1, f"10.0.0.{place}")
        people.connections.heard(people.lines[-1])
    assert people.come(1, "10.0.1.1") == [False]
    assert len(people.connections) == 5


def test_two_addresses_that_keep_all_connections_keep_no_third_out():
    people = crowd(per_address=4, total=8)
    for address in ("10.6.6.6", "10.7.7.7"):
        people.come(4, address)
    for line in people.lines:
        people.connections.heard(line)
        line.unread = True
    for _ in range(2):
        assert people.come(1, "10.0.0.1") == [True]
        people.connections.heard(people.lines[-1])
    assert people.ended == [0, 4]
    assert people.come(1, "10.6.6.6") == [False]


def test_those_who_are_slow_stay_while_another_address_has_more_that_are():
    people = crowd(half_open_per_address=4, half_open=5)
    people.come(1, "10.0.0.1")
    people.come(4, "10.6.6.6")
    people.come(4, "10.7.7.7")
    assert not people.lines[0].ended
    assert len(people.ended) == 4


def test_nothing_is_left_of_connections_that_are_over():
    people = crowd(half_open_per_address=2)
    people.come(5)
    for line in people.lines:
        people.connections.closed(line)
        people.connections.closed(line)
        people.connections.rests(line)
        people.connections.begins(line)
        people.connections.can_be_spared(line)
    emptied = Connections(people.connections.limits)
    assert people.connections._open == emptied._open
    assert people.connections._by_address == emptied._by_address
    assert people.connections._half_open == people.connections._half_open_by_address == {}
    assert people.connections._idle == people.connections._expendable == {}


def test_a_laboratory_behind_one_address_keeps_2500_connections():
    assert limits({}, 20_000).per_address == PER_ADDRESS == 2500
    people = Crowd(Connections(limits({}, 20_000)))
    for _ in range(2500):
        people.come(1)
        people.connections.heard(people.lines[-1])
    assert people.ended == []
    assert people.come(1) == [False]


@pytest.mark.parametrize(("files", "total"), [(None, 5000), (20_000, 5000), (1024, 896), (256, 128), (64, 22), (1, 1)])
def test_files_that_may_be_open_limit_connections(files, total):
    found = limits({}, files)
    assert found.total == total
    assert 1 <= found.half_open_per_address <= found.half_open <= found.total
    assert found.per_address <= found.total


def test_the_variable_says_how_many_an_address_keeps():
    found = limits({"EXPERIMENT_CONNECTIONS": " 4000 "}, None)
    assert (found.per_address, found.total) == (4000, 8000)


@pytest.mark.parametrize("text", ["0", "-1", "many", "1e3", "99999999", "²"])
def test_a_variable_that_is_no_number_is_refused_with_a_sentence(text):
    with pytest.raises(ValueError, match="EXPERIMENT_CONNECTIONS is"):
        limits({"EXPERIMENT_CONNECTIONS": text}, None)


def test_of_each_group_and_of_all_the_oldest_member_goes():
    newest = Newest(per_group=2, total=3)
    assert [newest.add("a", name) for name in ("a1", "a2", "a3")] == [None, None, "a1"]
    assert newest.add("b", "b1") is None
    assert newest.add("b", "b2") == "a2"
    newest.discard("a", "a3")
    newest.discard("a", "a3")
    assert newest.add("c", "c1") is None
    for group, name in [("b", "b1"), ("b", "b2"), ("c", "c1")]:
        newest.discard(group, name)
    assert newest == Newest(per_group=2, total=3)


def test_messages_may_come_at_once_and_then_at_a_rate():
    allowance = Allowance(at_once=3, each_second=0.5)
    assert [allowance.takes(100.0) for _ in range(4)] == [True, True, True, False]
    assert [allowance.takes(101.0), allowance.takes(102.0), allowance.takes(102.5)] == [False, True, False]
    assert [allowance.takes(1000.0) for _ in range(4)] == [True, True, True, False]
