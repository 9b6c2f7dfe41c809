"""Exclusions: every row is used or left out for one reason, whatever a session went through."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comparison.checking.validation import check_export
from comparison.data.markets import market_rounds
from comparison.data.reading import read_exports
from comparison.statistics.benchmarks import predictions
from comparison.statistics.exclusions import ACCOUNTS, MEANINGS, READ, USED, exclusions
from comparison.statistics.tables import compute_tables
from experiment.offers import NO_TRADE
from tests.sizes import sized
from tests.synthetic import alpha_star, beta, play, write_export

PARTICIPANTS = 8


def read(folder, *sessions):
    export = read_exports([write_export(folder, sessions, payments=False)])
    markets = market_rounds(export)
    return export, markets, check_export(export, markets)


def table(folder, *sessions):
    frame = exclusions(*read(folder, *sessions))
    return {(row.cell, row.account, row.reason): row for row in frame.itertuples()}


def account(folder, name, session):
    """The reasons in one account of a data set with one treatment, with their rows, where there are any."""
    return {reason: row.rows for (_, of, reason), row in table(folder, session).items() if of == name and row.rows}


def changed(session, change):
    """A session whose decisions are changed one by one."""
    return replace(session, decisions=tuple(change(decision) for decision in session.decisions))


def unfinished(decision):
    """The row as it stands while the second offers are still being made."""
    return replace(decision, stage2_q=None, stage2_r=None, stage2_source=None, price=None, final_q=None, final_r=None, points=None)


def by_robot(decision):
    second = decision.stage2_source and "robot"
    return replace(decision, participant_code=f"robot-{decision.participant_code}", stage1_source="robot", stage2_source=second)


@st.composite
def sessions(draw, code="abcd1234"):
    """A session with practice, missed decisions, markets that may shut down, robots, a wrong price and a round that did not end."""
    rounds, practice = draw(st.integers(1, 3)), draw(st.integers(0, 2))
    seats = st.tuples(st.integers(1, PARTICIPANTS), st.integers(1, rounds + practice))
    missing = {stage: draw(st.sets(seats, max_size=20)) for stage in (1, 2)}
    equal, robots = draw(st.booleans()), draw(st.sets(st.integers(1, PARTICIPANTS), max_size=3))

    def rule(stage, offer):
        return lambda seat: None if (seat.participant, seat.round_number) in missing[stage] else offer(seat)

    session = play(
        code=code,
        participants=PARTICIPANTS,
        rounds=rounds,
        practice_rounds=practice,
        first=rule(1, (lambda _: NO_TRADE) if equal else alpha_star),
        second=rule(2, beta),
        seed=draw(st.integers(1, 1000)),
        shutdown_if_equal=draw(st.booleans()),
        treatment=draw(st.sampled_from(["one", "other"])),
        absent_at_stage2=draw(st.sampled_from(["none", "repeat"])),
    )
    wrong = draw(st.sets(st.integers(0, len(session.decisions) - 1), max_size=3))
    open_rounds = draw(st.sampled_from([(), (rounds + practice,)]))

    def change(place, decision):
        if int(decision.participant_code[1:]) in robots and "absent" not in (decision.stage1_source, decision.stage2_source):
            decision = by_robot(decision)
        if place in wrong:
            decision = replace(decision, price=99.0)
        return unfinished(decision) if decision.round_number in open_rounds else decision

    return replace(session, decisions=tuple(change(place, decision) for place, decision in enumerate(session.decisions)))


@settings(max_examples=sized(small=6, full=60), deadline=None)
@given(one=sessions(), other=sessions(code="other123"))
def test_rows_read_are_rows_used_and_rows_left_out_for_one_reason_each(one, other):
    with tempfile.TemporaryDirectory() as folder:
        export, markets, checks = read(Path(folder), one, other)
    frame = exclusions(export, markets, checks)
    rows = frame.set_index(["cell", "account", "reason"])["rows"]
    for (cell, account), here in rows.groupby(["cell", "account"]):
        left = here.drop(READ, level="reason").sum()
        assert left == here[cell, account, READ]
    for account in ACCOUNTS:
        assert rows.xs((account, READ), level=("account", "reason")).sum() == len(one.decisions) + len(other.decisions)
    if markets:
        counts = compute_tables(markets, predictions(markets), checks).counts.set_index("cell")
        used = rows.xs(USED, level="reason").unstack("account")
        for cell in counts.index:
            assert used.loc[cell, "markets"] == counts.loc[cell, "rows_used"]
            assert used.loc[cell, "first_offers"] == counts.loc[cell, "stage1_typed"]
            assert used.loc[cell, "second_offers"] == counts.loc[cell, "stage2_typed"]


def test_each_account_stands_in_its_order_of_precedence_between_read_and_used(tmp_path):
    frame = exclusions(*read(tmp_path, play(participants=8, rounds=1)))
    for name, reasons in ACCOUNTS.items():
        here = frame[frame["account"] == name]
        assert list(here["reason"]) == [READ, *reasons, USED]
        assert list(here["meaning"]) == [MEANINGS[reason] for reason in here["reason"]]


def test_what_did_not_end_comes_before_practice_and_practice_before_what_contradicts(tmp_path):
    session = play(participants=8, rounds=1, practice_rounds=2)

    def change(decision):
        decision = replace(decision, final_q=0.0) if decision.participant_code == "p001" else decision
        return unfinished(decision) if decision.round_number == 1 else decision

    assert account(tmp_path, "markets", changed(session, change)) == {READ: 24, "unfinished": 8, "practice": 8, "contradicted": 4, USED: 4}


def test_a_contradiction_takes_its_whole_market_round_out(tmp_path):
    session = play(participants=8, rounds=2)
    wrong = replace(session, decisions=(replace(session.decisions[0], points=1e6), *session.decisions[1:]))
    row = table(tmp_path, wrong)["baseline", "markets", "contradicted"]
    assert (row.rows, row.market_rounds, row.subjects) == (4, 1, 4)


def test_who_missed_decisions_and_came_back_was_absent_and_who_did_not_dropped_out(tmp_path):
    def first(seat):
        return None if (seat.participant, seat.round_number) in {(1, 1), (2, 3)} else alpha_star(seat)

    def second(seat):
        return None if (seat.participant, seat.round_number) in {(1, 1), (2, 2), (2, 3)} else beta(seat)

    session = play(participants=4, rounds=3, first=first, second=second, inactive_threat="none")
    assert account(tmp_path / "1", "first_offers", session) == {READ: 12, "absent": 1, "dropout": 1, USED: 10}
    assert account(tmp_path / "2", "second_offers", session) == {READ: 12, "absent": 1, "dropout": 2, USED: 9}
    assert account(tmp_path / "3", "prices", session) == {READ: 12, USED: 12}


def test_robots_are_in_prices_not_in_offers_and_are_no_subjects(tmp_path):
    session = changed(
        play(participants=4, rounds=2), lambda decision: by_robot(decision) if decision.participant_code > "p002" else decision
    )
    rows = table(tmp_path, session)
    robot = rows["baseline", "first_offers", "robot"]
    assert (robot.rows, robot.market_rounds, robot.subjects) == (4, 2, 0)
    assert rows["baseline", "first_offers", USED].subjects == 2
    assert rows["baseline", "prices", USED].rows == 8


def test_markets_that_shut_down_have_no_price_and_no_second_offers(tmp_path):
    session = play(participants=8, rounds=2, first=lambda _: NO_TRADE, shutdown_if_equal=True)
    assert account(tmp_path / "1", "prices", session) == {READ: 16, "shut_down": 16}
    assert account(tmp_path / "2", "second_offers", session) == {READ: 16, "inactive": 4, "shut_down": 12}
    assert account(tmp_path / "3", "first_offers", session) == {READ: 16, USED: 16}


@pytest.mark.parametrize("market_size", [4, 8])
def test_a_session_in_which_no_round_ended_has_its_cell(tmp_path, market_size):
    begun = changed(play(code="begun123", participants=8, rounds=1, market_size=market_size), unfinished)
    rows = table(tmp_path, play(participants=8, rounds=1), begun)
    cell = "baseline" if market_size == 4 else "baseline, N = 8"
    assert rows[cell, "markets", "unfinished"].rows == 8
    assert rows["baseline", "markets", USED].rows == 8
