"""Every row against the mechanism: what agrees passes, and a changed cell is named with row, column and what is implied."""

import csv
import json

import pytest

from comparison.checking.validation import check_export
from comparison.data.markets import market_rounds
from comparison.data.reading import read_export
from experiment.offers import Offer
from experiment.rounds import points_paid
from tests.comparison.reports import report_command
from tests.synthetic import alpha_star, beta, change, decisions_file, noisy, play, sessions_file, write_export

SESSION = play(participants=8, rounds=3, practice_rounds=1, seed=3)
COLUMNS = list(SESSION.decisions[0].__dataclass_fields__)


def checked(folder):
    export = read_export(folder)
    return check_export(export, market_rounds(export))


def named(folder):
    return {(wrong.place.row, wrong.column) for wrong in checked(folder).contradictions}


def row_of(active, number=2):
    """The first row, as a spreadsheet counts, of an active or inactive participant in a round."""
    return next(i for i, row in enumerate(SESSION.decisions, start=2) if row.round_number == number and bool(row.active) == active)


@pytest.fixture
def export(tmp_path):
    return write_export(tmp_path / "export", SESSION)


def everything_of_q(seat):
    return Offer(seat.settings.environment.endowment_q, 0.0)


def nobody(_seat):
    return None


@pytest.mark.parametrize(
    "session",
    [
        SESSION,
        play(participants=8, rounds=3, first=noisy(alpha_star, 40), second=noisy(beta, 40)),
        play(participants=8, rounds=4, matching="random", seed=9),
        play(participants=4, rounds=2, inactive_threat="none", announcement="none"),
        play(participants=4, rounds=2, first=everything_of_q, second=everything_of_q),
        play(participants=4, rounds=2, first=everything_of_q, shutdown_if_equal=True),
        play(participants=4, rounds=2, first=nobody, second=nobody),
        play(participants=12, rounds=2, environment="three_types", paid_rounds="all"),
        play(participants=10, rounds=2, environment="mixed_values", market_size=5),
    ],
)
def test_a_session_as_played_contradicts_nothing(tmp_path, session):
    checks = checked(write_export(tmp_path, session))
    assert [str(wrong) for wrong in checks.contradictions] == []
    assert checks.redrawn == {session.code}


@pytest.mark.parametrize("matching", ["fixed", "random"])
def test_a_participant_of_one_round_only_does_not_belong_to_the_matching_group(tmp_path, matching):
    folder = write_export(tmp_path, play(participants=8, rounds=3, matching=matching), payments=False)
    change(folder, 12, "participant_code", "p999")
    (wrong,) = checked(folder).contradictions
    assert (wrong.place.row, wrong.column, wrong.found) == (12, "participant_code", "p999")
    assert wrong.rule == "the same participants in every round"


def test_the_points_of_each_row_are_those_of_its_own_state(tmp_path):
    session = play(participants=4, rounds=1, announcement="none")
    folder = write_export(tmp_path, session, payments=False)
    first, second = session.decisions[:2]
    other = next(name for name in session.settings.environment.states if name != second.state)
    environment = session.settings.environment
    change(folder, 3, "state", other)
    change(folder, 3, "points", repr(points_paid(environment, second.type, other, second.final_q, second.final_r)))
    assert {(row, column) for row, column in named(folder) if row == 3} == {(3, "state")}
    assert first.state != other


@pytest.mark.parametrize(
    ("active", "column", "value"),
    [
        (True, "price", "1.2345"),
        (True, "price", ""),
        (False, "price", "1.2345"),
        (True, "final_q", "9.9999"),
        (False, "final_r", "3.0"),
        (True, "practice", "1"),
        (True, "treatment", "other"),
        (True, "environment", "other"),
        (True, "agents", "5"),
        (True, "actives", "2"),
        (True, "stage2_source", ""),
        (False, "stage2_q", "1.0"),
        (False, "stage2_source", "typed"),
        (True, "stage1_seconds", "-1"),
        (True, "stage1_source", "absent"),
        (True, "stage1_q", ""),
    ],
)
def test_a_changed_cell_is_named_with_its_row_and_column(export, active, column, value):
    row = row_of(active)
    change(export, row, column, value)
    assert any(at == row and wrong.startswith(column[:6]) for at, wrong in named(export)), named(export)


def test_a_changed_price_names_this_cell_and_no_other(export):
    row = row_of(True)
    change(export, row, "price", repr(SESSION.decisions[row - 2].price * (1 + 1e-8)))
    assert named(export) == {(row, "price")}


def test_changed_points_name_this_cell_and_the_payment_they_make(export):
    row = row_of(True)
    change(export, row, "points", "7.0")
    decision = SESSION.decisions[row - 2]
    wrong = [w for w in checked(export).contradictions if w.column == "points" and w.place.file == decisions_file(export).name]
    assert [(w.place.row, w.found, float(w.implied)) for w in wrong] == [(row, "7", pytest.approx(decision.points))]


def test_a_changed_type_contradicts_the_seed(export):
    row = row_of(False)
    other = "green" if SESSION.decisions[row - 2].type == "blue" else "blue"
    change(export, row, "type", other)
    wrong = [w for w in checked(export).contradictions if w.column == "type"]
    assert [(w.place.row, w.found, w.rule) for w in wrong] == [(row, other, "drawn from seed 3")]
    assert wrong[0].implied == SESSION.decisions[row - 2].type


def test_a_changed_state_contradicts_its_market_and_the_seed(export):
    row = row_of(True)
    change(export, row, "state", "high" if SESSION.decisions[row - 2].state == "low" else "low")
    assert (row, "state") in named(export)


def test_a_wrong_seed_contradicts_the_draws(export):
    path = sessions_file(export)
    path.write_text(path.read_text().replace('""seeds"": {""seed"": 3}', '""seeds"": {""seed"": 4}'))
    assert {wrong.column for wrong in checked(export).contradictions} & {"type", "state", "active"}


def test_without_a_seed_the_draws_are_not_checked(export):
    path = sessions_file(export)
    path.write_text(path.read_text().replace('""seeds"": {""seed"": 3}', '""seeds"": {}'))
    checks = checked(export)
    assert (checks.redrawn, checks.contradictions) == (frozenset(), ())


@pytest.mark.parametrize(
    ("q", "r", "wanted"),
    [("10.5", "0.0", "0 to 10"), ("-1.0", "0.0", "0 to 10"), ("2.0", "3.0", "one good only"), ("2.05", "0.0", "steps of 0.1")],
)
def test_an_offer_outside_o_or_off_the_grid_is_named(export, q, r, wanted):
    row = row_of(True)
    change(export, row, "stage1_q", q)
    change(export, row, "stage1_r", r)
    found = [str(wrong) for wrong in checked(export).contradictions if wrong.column.startswith("stage1") and wrong.place.row == row]
    assert len(found) == 1
    assert wanted in found[0]


def test_a_changed_second_offer_changes_what_the_whole_market_implies(export):
    row = row_of(True)
    decision = SESSION.decisions[row - 2]
    change(export, row, "stage2_q", "0.0")
    change(export, row, "stage2_r", "0.0" if decision.stage2_r else "4.0")
    market = {
        i
        for i, other in enumerate(SESSION.decisions, start=2)
        if (other.round_number, other.market) == (decision.round_number, decision.market)
    }
    assert {at for at, column in named(export) if column == "price"} == {at for at in market if SESSION.decisions[at - 2].active}


def test_a_missing_row_is_named_at_its_market(export):
    path = decisions_file(export)
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows[:-1])
    wrong = [w for w in checked(export).contradictions if w.column == "market"]
    assert [(w.found, w.implied) for w in wrong] == [("3 rows", "4 rows")]


def test_a_wrong_payment_is_named(export):
    path = next(export.glob("*payments*"))
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    rows[2][rows[0].index("points")] = "999.00"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    (wrong,) = checked(export).contradictions
    assert (wrong.place.file, wrong.place.row, wrong.column) == (path.name, 3, "points")


def test_payments_of_a_session_that_is_not_over_are_not_checked(export):
    for row in range(2, len(SESSION.decisions) + 2):
        if SESSION.decisions[row - 2].round_number == 4:
            for column in ("price", "final_q", "final_r", "points"):
                change(export, row, column, "")
    path = next(export.glob("*payments*"))
    header, *lines = path.read_text().splitlines()
    unpaid = [",".join([*line.split(",")[:3], "0.00", "0.00", "5.00", "5.00", "USD", *[""] * 9, "0.00"]) for line in lines]
    path.write_text("\n".join([header, *unpaid]))
    assert len(read_export(export).payments) == 8
    assert checked(export).contradictions == ()


def test_the_report_names_contradictions_first_and_leaves_their_market_rounds_out(export, tmp_path, capsys):
    row = row_of(True)
    change(export, row, "price", "1.2345")
    assert report_command(export, tmp_path / "out") == 1
    said = capsys.readouterr().err.strip()
    decision = SESSION.decisions[row - 2]
    for part in (f"row {row} of", decision.participant_code, "round 2", "price is 1.2345", "eq. (3)"):
        assert part in said
    page = (tmp_path / "out" / "report.html").read_text()
    assert page.index("Rows that contradict the mechanism") < page.index("<h2>Design")
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert [(wrong["row"], wrong["column"]) for wrong in summary["contradictions"]] == [(row, "price")]
    assert summary["cells"][0]["design"]["market_rounds_used"] == 2 * 3 - 1
    assert f",{row},{SESSION.code}," in (tmp_path / "out" / "contradictions.csv").read_text()
