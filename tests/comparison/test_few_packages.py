"""Every command of the comparison runs where no oTree, no database and no web server is installed."""

import csv
import json

import pytest

from tests.few_packages import PROJECT, run_with

FILE = str(PROJECT / "environments" / "small_market.toml")
PACKAGES = ("numpy", "scipy", "pandas", "matplotlib", "statsmodels", "joblib", "tqdm", "babel")


def comparison(folder, *arguments):
    return run_with(folder, PACKAGES, "comparison", *arguments)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """An export that was simulated without oTree."""
    folder = tmp_path_factory.mktemp("simulated")
    plays = ("--model", "logit_nash", "--parameter", "lambda1=0.3", "--parameter", "lambda2=0.3")
    size = ("--sessions", "2", "--rounds", "2", "--seed", "1")
    done = comparison(folder, "simulate", FILE, *plays, *size, "--out", str(folder / "export"))
    assert done.returncode == 0, done.stderr
    return folder / "export"


def test_a_simulated_export_says_that_no_otree_was_installed(simulated):
    with (simulated / "sessions.csv").open(newline="") as file:
        software = [json.loads(row["json"])["software"] for row in csv.DictReader(file)]
    assert len(software) == 2
    for versions in software:
        assert list(versions) == ["parimutuel-lab", "commit", "otree", "numpy", "scipy"]
        assert versions["otree"] is None
        assert all(versions[name] for name in ("parimutuel-lab", "numpy", "scipy"))


@pytest.mark.parametrize(
    ("command", "written"),
    [
        (("report", "EXPORT"), "report.html"),
        (("estimate", "EXPORT", "--models", "logit_nash", "--bootstrap", "2", "--jobs", "1"), ""),
        (("design", FILE, "--candidates", "2", "--best", "1", "--jobs", "1"), ""),
        (
            ("power", FILE, "--contrast", "nash_over_nash_private", "--units", "4", "--replications", "4", "--rounds", "2", "--jobs", "1"),
            "",
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_command_runs_without_otree(command, written, simulated, tmp_path):
    arguments = [str(simulated) if argument == "EXPORT" else argument for argument in command]
    done = comparison(tmp_path, *arguments, "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / written).exists()
    assert any((tmp_path / "out").iterdir())


def test_otree_cannot_be_imported_there(tmp_path):
    done = run_with(tmp_path, PACKAGES, "otree")
    assert done.returncode == 1
    assert "No module named" in done.stderr
