"""Where the session repeats the first offers of the absent, its export obeys the rule, and the comparison finds nothing wrong."""

from comparison.checking.absence import is_repeated
from comparison.checking.validation import check_export
from comparison.data.markets import market_rounds
from comparison.data.reading import read_export
from tests.app.played import play


def test_the_export_of_a_session_that_repeats_first_offers_contradicts_nothing(project, tmp_path):
    fields = {"seed": "11", "rounds": 2, "stage2_deadline_seconds": 60, "absent_at_stage2": "repeat", "misses_allowed": 0}
    seen = play(project, "repeated", script="scenes_repeat.py", fields=fields)
    assert set(seen["pages"]) == {"Questionnaire"}
    for name in ("", "_sessions", "_payments"):
        (tmp_path / f"export{name}.csv").write_text(seen[name], newline="")
    export = read_export(tmp_path)
    assert [str(wrong) for wrong in check_export(export, market_rounds(export)).contradictions] == []
    assert sum(is_repeated(row.decision) for row in export.rows) == 4
