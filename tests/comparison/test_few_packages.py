"""Every command of the comparison runs where no oTree, no database and no web server is installed."""

import csv
import json

import pytest

from tests.few_packages import PROJECT, run_with
from tests.sizes import size, sized

FILE = str(PROJECT / "environments" / "small_market.toml")
PACKAGES = ("numpy", "scipy", "pandas", "matplotlib", "statsmodels", "joblib", "tqdm", "babel")
PARAMETERS = ("--parameter", "lambda1=0.3", "--parameter", "lambda2=0.3")
COMMANDS = (
    ("simulate", FILE, "--model", "logit_nash", *PARAMETERS, "--sessions", "2", "--rounds", "2", "--seed", "1"),
    ("report", "EXPORT", *sized(small=("--no-figures",), full=())),
    ("estimate", "EXPORT", "--models", "logit_nash", "--bootstrap", "2", "--jobs", "1"),
    ("design", FILE, "--candidates", "2", "--best", "1", "--jobs", "1"),
    ("power", FILE, "--contrast", "nash_over_nash_private", "--units", "4", "--replications", "4", "--rounds", "2", "--jobs", "1"),
)
ONE_AFTER_ANOTHER = """
import json, sys
from comparison.cli import main
for arguments in json.loads(sys.argv[1]):
    if main(arguments) != 0:
        sys.exit(f"{arguments[0]} failed")
"""


def comparison(folder, *arguments):
    return run_with(folder, PACKAGES, "comparison", *arguments)


def test_a_simulated_export_says_that_no_otree_was_installed(ran):
    with (ran / "simulate" / "sessions.csv").open(newline="") as file:
        software = [json.loads(row["json"])["software"] for row in csv.DictReader(file)]
    assert len(software) == 2
    for versions in software:
        assert list(versions) == ["parimutuel-lab", "commit", "otree", "numpy", "scipy"]
        assert versions["otree"] is None
        assert all(versions[name] for name in ("parimutuel-lab", "numpy", "scipy"))


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Where each command has written a folder: in a small run all in one process, otherwise each in its own. Those that need an export
    take the one that was simulated first."""
    folder = tmp_path_factory.mktemp("written")
    commands = [[*arguments, "--out", str(folder / arguments[0])] for arguments in COMMANDS]
    commands = [[str(folder / "simulate") if argument == "EXPORT" else argument for argument in command] for command in commands]
    if size() == "small":
        done = [run_with(folder, PACKAGES, ONE_AFTER_ANOTHER, json.dumps(commands), option="-c")]
    else:
        done = [comparison(folder, *command) for command in commands]
    assert all(process.returncode == 0 for process in done), [process.stderr for process in done]
    return folder


@pytest.mark.parametrize("command", [arguments[0] for arguments in COMMANDS])
def test_a_command_runs_without_otree(command, ran):
    assert any((ran / command).iterdir())
    assert (ran / command / "report.html").exists() == (command == "report")


def test_otree_cannot_be_imported_there(tmp_path):
    done = run_with(tmp_path, PACKAGES, "otree")
    assert done.returncode == 1
    assert "No module named" in done.stderr
