"""Every command of the theory runs where NumPy and SciPy are all that is installed."""

import json

import pytest

from tests.few_packages import PROJECT, run_with
from tests.sizes import size
from theory.cli import COMMANDS

FILE = str(PROJECT / "environments" / "small_market.toml")
ARGUMENTS = {
    "check": (),
    "predict": (),
    "stage2": ("--types", "blue=2,green=1"),
    "certify": ("--types", "blue=2,green=1"),
    "strategy": ("--type", "blue", "--offer", "3,0", "--others", "blue=1,green=1"),
    "incentives": ("--agents", "4,6"),
    "threshold": ("--max-agents", "12"),
    "semipooling": ("--partition", "blue,green", "--signals", "3"),
    "rivals": ("--types", "blue=2,green=1"),
    "welfare": (),
    "books": (),
    "simulate": ("--sessions", "50", "--seed", "1"),
    "sweep": ("--vary", "mechanism.agents=4,6"),
}


ANSWERING = [command for command in ARGUMENTS if command != "certify"]
ONE_AFTER_ANOTHER = """
import contextlib, io, json, sys
from theory.cli import main
found = {}
for command, arguments in json.loads(sys.argv[1]).items():
    out, error = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        status = main(arguments)
    found[command] = (status, out.getvalue(), error.getvalue())
print(json.dumps(found))
"""


def theory(folder, *arguments):
    return run_with(folder, ("numpy", "scipy"), "theory", *arguments)


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Exit status, output and errors of every command: in a small run of one process, otherwise each of its own."""
    commands = {command: [command, FILE, *ARGUMENTS[command]] for command in ANSWERING}
    folder = tmp_path_factory.mktemp("commands")
    if size() == "small":
        done = run_with(folder, ("numpy", "scipy"), ONE_AFTER_ANOTHER, json.dumps(commands), option="-c")
        assert done.returncode == 0, done.stderr
        return {command: tuple(found) for command, found in json.loads(done.stdout).items()}
    found = {command: theory(folder, *arguments) for command, arguments in commands.items()}
    return {command: (done.returncode, done.stdout, done.stderr) for command, done in found.items()}


def test_no_command_is_forgotten():
    assert sorted(ARGUMENTS) == sorted(COMMANDS)


@pytest.mark.parametrize("command", ANSWERING)
def test_a_command_answers_without_anything_but_numpy_and_scipy(command, answers):
    status, output, errors = answers[command]
    assert (status, errors) == (0, "")
    assert len(output) > 40


def test_a_certificate_says_which_package_it_needs(tmp_path):
    done = theory(tmp_path, "certify", FILE, *ARGUMENTS["certify"])
    assert done.returncode == 2
    assert "python-flint" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_sweep_says_the_same_with_one_process_as_with_joblib(tmp_path):
    alone = theory(tmp_path, "sweep", FILE, *ARGUMENTS["sweep"])
    spread = run_with(tmp_path, ("numpy", "scipy", "joblib", "tqdm"), "theory", "sweep", FILE, *ARGUMENTS["sweep"], "--jobs", "2")
    assert spread.returncode == 0
    assert alone.stdout == spread.stdout


@pytest.mark.parametrize(
    ("option", "package"), [(("--jobs", "2"), "joblib"), (("--ray", "127.0.0.1:6379"), "joblib")], ids=lambda value: str(value[0])
)
def test_what_needs_a_package_that_is_not_installed_says_so_in_one_sentence(option, package, tmp_path):
    done = theory(tmp_path, "sweep", FILE, *ARGUMENTS["sweep"], *option)
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"the package {package}, which is not installed" in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_other_packages_cannot_be_imported_there(tmp_path):
    done = run_with(tmp_path, ("numpy", "scipy"), "pandas")
    assert done.returncode == 1
    assert "No module named 'pandas'" in done.stderr


def test_an_answer_is_the_same_as_json(tmp_path):
    done = theory(tmp_path, "predict", FILE, "--json")
    assert json.loads(done.stdout)["environment"] == "small_market"
