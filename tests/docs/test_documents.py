"""What the documents say is what the code has: fields, columns, files, commands, links."""

import pkgutil
import re
from pathlib import Path

import pytest

from docs.tables import with_table
from experiment.config import DEFAULTS, environment_names, read_settings
from experiment.export import DECISION_COLUMNS, PAYMENT_COLUMNS, SESSION_COLUMNS
from experiment.quiz import quiz
from experiment.version import version
from theory.economy.environment import parse_environment
from theory.economy.utility import FAMILIES

PROJECT = Path(__file__).parents[2]
PAGES = [
    *sorted(PROJECT.glob("*.md")),
    PROJECT / "environments" / "README.md",
    PROJECT / "_rooms" / "README.md",
    *sorted((PROJECT / "docs").glob("*.md")),
]
README = (PROJECT / "README.md").read_text(encoding="utf-8")


def named_in_tables(text: str) -> set[str]:
    first_cells = re.findall(r"^\| (`[^|]*`) \|", text, flags=re.MULTILINE)
    return {name for cell in first_cells for name in re.findall(r"`([^`]+)`", cell)}


def test_the_readme_explains_every_field_of_a_session_config():
    config = README[README.index("## Choose what to run") : README.index("## From the session")]
    assert named_in_tables(config) == set(DEFAULTS)
    assert with_table(README) == README, "make docs-tables writes the table again"


def test_the_data_dictionary_explains_every_column():
    text = (PROJECT / "docs" / "data.md").read_text(encoding="utf-8")
    decisions = text[text.index("## decisions.csv") : text.index("## sessions.csv")]
    assert named_in_tables(decisions) == set(DECISION_COLUMNS)
    for column in (*SESSION_COLUMNS, *PAYMENT_COLUMNS):
        assert f"`{column}`" in text


def test_the_data_dictionary_names_every_item_of_the_quiz():
    text = (PROJECT / "docs" / "data.md").read_text(encoding="utf-8")
    (items,) = re.findall(r"^\| `item` \| the question: (.*) \|$", text, flags=re.MULTILINE)
    most = {"environment": "mixed_values", "participation_fee": 5.0, "real_world_currency_per_point": 0.2}
    settings = read_settings({**DEFAULTS, **most, "shutdown_if_equal": True, "points_pay": "lottery"})
    assert {item.key for item in quiz(settings, 1, 1)} == set(re.findall(r"`([^`]+)`", items))


def test_the_citation_has_the_version_of_the_project():
    citation = (PROJECT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(r"^version: (.*)$", citation, flags=re.MULTILINE).group(1) == version()


def test_every_shipped_environment_and_family_is_listed():
    text = (PROJECT / "environments" / "README.md").read_text(encoding="utf-8")
    assert {f"{name}.toml" for name in environment_names()} | set(FAMILIES) == named_in_tables(text)


def test_the_environment_shown_in_the_documents_is_a_valid_one():
    import tomllib

    text = (PROJECT / "environments" / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"```toml\n(.*?)```", text, flags=re.DOTALL)
    assert shown is not None
    assert parse_environment(tomllib.loads(shown.group(1))).active == 10


def test_every_make_command_of_the_readme_exists():
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    for command in set(re.findall(r"`make ([a-z-]+)", README)):
        assert re.search(rf"^{command}:", makefile, flags=re.MULTILINE), command


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (page.parent / target).exists(), target


def test_the_walk_through_the_paper_names_code_and_tests_that_exist():
    text = (PROJECT / "docs" / "paper.md").read_text(encoding="utf-8")
    names = re.findall(r"`(theory\.[\w.]+)`", text)
    assert len(names) > 30
    for name in names:
        assert pkgutil.resolve_name(name) is not None, name
    tests = re.findall(r"`(test_\w+\.py)::(test_\w+)`", text)
    assert len(tests) > 40
    for file, test in tests:
        assert f"def {test}(" in (PROJECT / "tests" / "theory" / file).read_text(encoding="utf-8"), test


PACKAGES = {
    "theory": "theory",
    "experiment": "experiment",
    "comparison": "comparison",
    "otree_host": "otree_host",
    "the market's app": "parimutuel_twostage",
}
"""The sections of architecture.md with a table of modules, and the folder that each is about."""


def section_of_architecture(heading: str) -> str:
    text = (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8")
    return re.split(r"^##+ ", text.partition(f"\n### {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


@pytest.mark.parametrize("heading", PACKAGES)
def test_the_map_names_every_module_of_a_package_and_no_other(heading):
    folder = PROJECT / PACKAGES[heading]
    modules = {path.stem for path in folder.glob("*.py") if not path.stem.startswith("__")}
    folders = {path.parent.name for path in folder.glob("*/__init__.py")}
    named = {name.removesuffix("/").removesuffix(".py") for name in named_in_tables(section_of_architecture(heading))}
    assert named == modules | folders


@pytest.mark.parametrize("page", ["docs/architecture.md", "CONTRIBUTING.md"])
def test_files_and_folders_named_in_the_guides_for_developers_exist(page):
    text = (PROJECT / page).read_text(encoding="utf-8")
    names = re.findall(r"`((?:\w+/)+(?:\w+\.(?:py|js|md|html|po))?)`", text)
    assert len(names) > 20
    roots = [PROJECT, PROJECT / "_templates", *(PROJECT / folder for folder in PACKAGES.values())]
    for name in names:
        assert any((root / name).exists() for root in roots), name
