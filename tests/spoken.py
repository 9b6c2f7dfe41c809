"""Searches templates, Python and scripts for words outside the catalogues and for sentences with missing parts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from experiment.language import places
from serve.translations import KEYWORDS, SPOKEN_PACKAGES

PROJECT = Path(__file__).resolve().parent.parent
FOR_EXPERIMENTERS = {"parimutuel_twostage/admin_report.html", "parimutuel_twostage/PaySheet.html"}
READ_ALOUD = {"alt", "aria-description", "aria-label", "aria-placeholder", "aria-valuetext", "label", "placeholder", "title"}
"""The attributes of an element that are words."""
UNTRANSLATED = {"q", "r", "A", "B", "markets", "state", "type"}
"""What is the same in every language, the names of the goods and of two example offers, or chooses a sentence and is not read."""
_COMMENT = re.compile(r"\{#.*?#\}|\{%\s*comment\s*%\}.*?\{%\s*endcomment\s*%\}|<!--.*?-->", re.DOTALL)
_SAID = re.compile(r"\{%\s*say\b.*?\{%\s*endsay\s*%\}", re.DOTALL)
_TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_PASSED_ON = re.compile(r"""(?<![=!<>])=\s*(?:'([^']*)'|"([^"]*)")""")
_PRINTED = re.compile(r"""\{\{\s*(?:'([^']*)'|"([^"]*)")\s*\}\}""")
_LITERAL = re.compile(r"""'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`""")
_WORDS = re.compile(r"[^\W\d_]+ [^\W\d_]+")


def templates() -> list[Path]:
    """The templates of pages that subjects see."""
    rooms = [PROJECT / room for room in SPOKEN_PACKAGES]
    found = sorted(path for room in rooms for path in room.rglob("*.html"))
    return [path for path in found if path.relative_to(PROJECT).as_posix() not in FOR_EXPERIMENTERS]


def modules() -> list[Path]:
    return sorted(path for room in SPOKEN_PACKAGES for path in (PROJECT / room).rglob("*.py"))


def unsaid(template: str) -> list[str]:
    """The words of a template that no ``say`` tag translates: text, attributes that are read, arguments of tags."""
    text = _SAID.sub("", _COMMENT.sub("", template))
    reader = _Reader()
    reader.feed(_TAG.sub("", text))
    reader.close()
    passed = [one or other for tag in _TAG.findall(text) for one, other in _PASSED_ON.findall(tag) + _PRINTED.findall(tag)]
    return [" ".join(words.split()) for words in (*reader.found, *passed) if _is_words(words)]


def words_in_script(script: str) -> list[str]:
    """The sentences that stand in a script as literals; error messages are not for subjects."""
    found = []
    for line in script.splitlines():
        if not line.strip().startswith(("//", "/*", "*")) and "new Error(" not in line:
            found += ["".join(groups).strip() for groups in _LITERAL.findall(line)]
    return [literal for literal in found if _WORDS.match(literal) and literal != "use strict"]


def flaws(module: str) -> Iterator[str]:
    """Calls of ``say`` and its kin that cannot be collected, or whose places are not filled."""
    for call in ast.walk(ast.parse(module)):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in KEYWORDS):
            continue
        sentences = call.args[: 2 if call.func.id == "say_many" else 1]
        where = f"line {call.lineno}: {ast.unparse(call):.120}"
        for sentence in sentences:
            if isinstance(sentence, ast.Constant) and isinstance(sentence.value, str):
                given = {keyword.arg for keyword in call.keywords}
                if call.func.id != "message" and None not in given and set(places(sentence.value)) - given:
                    yield f"{where}: a place is not filled"
            elif call.func.id == "message" or not isinstance(sentence, ast.Name | ast.Attribute | ast.Subscript):
                yield f"{where}: not a sentence as it stands"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("script", "style")
        self.found += [value for name, value in attrs if name in READ_ALOUD and value]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(data)


def _is_words(text: str) -> bool:
    return any(word not in UNTRANSLATED for word in re.findall(r"[^\W\d_]+", text))
