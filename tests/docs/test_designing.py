"""The worked example of docs/designing.md is what its commands print."""

import re
import shlex
from pathlib import Path

import pytest

from comparison.cli import main
from comparison.design.criteria import BENCHMARKS
from comparison.power.contrasts import CONTRASTS
from experiment.config import environment_names, read_settings
from experiment.market_options import COMPUTERS, TYPED_ROBOTS
from experiment.robot_offers import chances_read, groups_alike
from tests.practice_information import bits_of_market, bits_of_practice
from tests.sizes import sized

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "designing.md").read_text(encoding="utf-8")
BLOCKS = [[line[4:] for line in block.splitlines()] for block in re.findall(r"(?:^ {4}.*\n)+", PAGE, flags=re.MULTILINE)]
COMMAND = "python -m comparison "
LESS: dict[str, list[str]] = sized(small={"design": ["--candidates", "80"], "power": ["--replications", "10", "--wanted", "0.01"]}, full={})
"""What a small run computes less of: then other numbers are printed, in lines of the same words."""


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """What each command of the page prints, in the order of the page, run in a directory of its own."""
    folder, found = tmp_path_factory.mktemp("designing"), []
    (folder / "environments").symlink_to(PROJECT / "environments")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for block in BLOCKS:
            if block[0].startswith(COMMAND):
                said: list[str] = []
                patch.setattr("builtins.print", lambda *parts, said=said, **_: said.extend("".join(map(str, parts)).splitlines()))
                arguments = shlex.split(block[0].removeprefix(COMMAND))
                assert main([*arguments, "--jobs", "1", *LESS.get(arguments[0], [])]) == 0
                found.append(said)
    return found


def words(line):
    """What a line says but for its numbers and how much room they take."""
    return re.sub(r"[\d.]+", "#", " ".join(line.split()))


def test_the_page_shows_what_its_commands_print(printed):
    said: list[str] = []
    answers = iter(printed)
    shown = 0
    for block in BLOCKS:
        if block[0].startswith(COMMAND):
            said = next(answers)
            continue
        for line in block:
            assert line in said if not LESS else words(line) in map(words, said)
            shown += 1
    assert len(printed) == 2
    assert shown >= 18


def test_the_page_names_every_contrast_and_benchmark():
    for name in CONTRASTS:
        assert f"`{name.removeprefix('nash_over_')}`" in PAGE
    for name in BENCHMARKS:
        assert name == "nash" or f"`{name}`" in PAGE


def test_the_page_says_how_much_practice_tells():
    money = {"participation_fee": 5.0, "real_world_currency_per_point": 0.1}
    for name in environment_names():
        by_type, at_random = (
            read_settings({**money, "environment": name, "practice_with": chosen}) for chosen in (TYPED_ROBOTS, COMPUTERS)
        )
        environment = by_type.environment
        chances, groups = chances_read(environment, by_type.grid), groups_alike(environment)
        own = [chances[x, next(place for place, group in enumerate(groups) if x in group)] for x in range(len(environment.types))]
        read = float(environment.prior @ environment.likelihood @ own)
        cells = (
            f"{100 * read:.1f} % | {bits_of_practice(by_type):.2f} | {bits_of_market(by_type):.2f} | {abs(bits_of_practice(at_random)):.0f}"
        )
        assert f"| `{name}` | {cells} |" in PAGE
