"""Six phrases that a native reader stumbles over occur nowhere in the project: CONTRIBUTING.md has the style that they break.

German translations are left out, and so is what pip writes into the requirements files.
"""

import io
import re
import subprocess
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

PROJECT = Path(__file__).parents[2]
GAP = r"(?:\s|\n\s*(?:#|//|\*)|[\"']\s*\n\s*[fr]?[\"'])+"
"""What stands between two words: blanks, also where a line, a comment or a string ends and goes on in the next line."""
PATTERNS = {
    "their own": rf"\bthe{GAP}own\b",
    "this many are": rf"\bso{GAP}many{GAP}are\b",
    "only people who, only if you": rf"\bOnly{GAP}who\b",
    "for anyone who": rf"\bfor{GAP}who\b",
    "is not": rf"\bis{GAP}no{GAP}[A-Z]",
    "estimate, calculate": r"\breck[o]n\b",
}
"""What to write instead, and what is looked for."""
ENDINGS = {".py", ".md", ".html", ".js", ".css", ".toml", ".po", ".cff", ".yaml", ".yml", ""}


def texts() -> dict[str, str]:
    """The text of every file that belongs to the project; of a catalogue its English sentences only."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=PROJECT, capture_output=True, text=True)
    names = listed.stdout.splitlines() or [str(path.relative_to(PROJECT)) for path in PROJECT.rglob("*") if ".venv" not in path.parts]
    paths = [PROJECT / name for name in names]
    found = {path: path.read_text(encoding="utf-8") for path in paths if path.suffix in ENDINGS and path.is_file()}
    return {str(path.relative_to(PROJECT)): _english(text) if path.suffix == ".po" else text for path, text in found.items()}


def _english(catalogue: str) -> str:
    sentences = read_po(io.BytesIO(catalogue.encode("utf-8")), locale="de")
    return "\n".join("\n".join(entry.id) if isinstance(entry.id, tuple) else entry.id for entry in sentences)


def hits(text: str, pattern: str) -> list[int]:
    """The lines, from 1, in which the pattern begins."""
    return [text.count("\n", 0, match.start()) + 1 for match in re.finditer(pattern, text)]


@pytest.fixture(scope="module")
def project() -> dict[str, str]:
    return texts()


@pytest.mark.parametrize("instead", PATTERNS)
def test_no_file_has_the_phrase(project: dict[str, str], instead: str) -> None:
    found = [f"{name}:{line}" for name, text in project.items() for line in hits(text, PATTERNS[instead])]
    assert found == [], f"write {instead!r}"


def test_files_of_every_kind_are_read(project: dict[str, str]) -> None:
    kinds = {Path(name).suffix for name in project}
    assert {".py", ".md", ".html", ".js", ".toml", ".po", ""} <= kinds
    assert {"README.md", "Makefile", "theory/mechanism.py", "parimutuel_twostage/FirstOffer.html"} <= set(project)


@pytest.mark.parametrize(
    "text",
    [
        "reads the" + " own type",
        "reads the" + "\n    own type",
        "# reads the" + "\n    # own type",
        'say("reads the' + ' "\n    "own type")',
    ],
)
def test_a_phrase_is_found_across_the_end_of_a_line(text: str) -> None:
    assert hits(text, PATTERNS["their own"]) == [1]


@pytest.mark.parametrize("text", ["reads their own type", "at the owner's", "is no longer", "so many aren't", "for whoever comes"])
def test_good_english_is_let_alone(text: str) -> None:
    assert not any(hits(text, pattern) for pattern in PATTERNS.values())
