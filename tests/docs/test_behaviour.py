"""``docs/behaviour.md`` names the models there are, and ``docs/coverage.md`` is a page that the study writes and that meets its bars."""

import re
from pathlib import Path

import numpy as np

from comparison.behaviour.models import MODELS
from comparison.behaviour.results import COMPARISON_COLUMNS, ESTIMATE_COLUMNS
from docs.coverage import PAGE, page
from docs.studies.behavioural_replications import TRUTH
from tests.sizes import sized

BEHAVIOUR = (Path(__file__).parents[2] / "docs" / "behaviour.md").read_text(encoding="utf-8")


def rows(text):
    """Units, model, parameter, and the shares of the two intervals that cover, in percent."""
    found, units = [], 0
    for line in text.splitlines():
        if heading := re.fullmatch(r"## (\d+) independent units", line):
            units = int(heading.group(1))
        elif line.startswith("| `"):
            cells = [cell.strip(" `%") for cell in line.strip("|").split("|")]
            found.append((units, cells[0], cells[1], float(cells[6]), float(cells[7])))
    return found


def test_the_page_of_models_has_every_model_with_its_parameters():
    table = dict(re.findall(r"^\| `(\w+)` \| .* \| (.*)\|$", BEHAVIOUR, flags=re.MULTILINE))
    assert list(table) == list(MODELS)
    for name, model in MODELS.items():
        assert re.findall(r"`(\w+)`", table[name]) == [parameter.name for parameter in model.parameters]


def test_the_page_of_models_explains_the_columns_that_are_results():
    for column in {*ESTIMATE_COLUMNS, *COMPARISON_COLUMNS} - {"cell", "model", "parameter", "parameters", "behind_best_se"}:
        assert f"`{column}`" in BEHAVIOUR, column


def test_the_recorded_study_covers_every_parameter_and_meets_its_bars():
    text = PAGE.read_text(encoding="utf-8")
    assert "500 replications with the seed 1" in text
    found = rows(text)
    assert [row[:3] for row in found] == [(units, name, p) for units in (30, 6) for name in TRUTH for p in TRUTH[name]]
    for units, name, parameter, recommended, _ in found:
        least, most = (92, 98) if units == 30 else (88, 100)
        assert least <= recommended <= most, (units, name, parameter, recommended)


def test_a_smaller_study_today_agrees_with_the_recorded_one():
    replications = sized(small=6, full=30)
    small, recorded = (np.array([row[3] for row in rows(text)]) for text in (page(replications, 1, 1), PAGE.read_text(encoding="utf-8")))
    assert np.abs(small - recorded).max() < 100 * 4 * np.sqrt(0.95 * 0.05 / replications)
    assert abs(small.mean() - recorded.mean()) < sized(small=5, full=2)
