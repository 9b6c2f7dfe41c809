"""Translations: sentences are collected from templates and code, merged into each language's file, and compiled.

``python -m serve.translations`` compiles ``_locale/*/LC_MESSAGES/messages.po``, as set-up does. With ``--collect`` it first
brings these files up to date with the sentences of the project: new ones are added without a translation, obsolete ones
are dropped, and translations are never guessed. The files hold no dates, so that collecting twice leaves the same bytes.
"""

from __future__ import annotations

import argparse
import io
import itertools
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from experiment.language import CATALOGUES, NAME, one_line
from serve.setup import PROJECT
from theory.economy.environment import InvalidEnvironment, read_environment

SPOKEN_PACKAGES = ("_templates", "experiment", "otree_host", "parimutuel_intro", "parimutuel_outro", "parimutuel_twostage")
KEYWORDS: Mapping[str, Any] = {"say": None, "say_many": (1, 2), "message": None}
"""The functions whose arguments are sentences to translate; ``message`` marks one that is translated later."""
_SAY = re.compile(r"\{%\s*say(?P<count>\s+[\w.]+)?\s*%\}(?P<one>.*?)(?:\{%\s*many\s*%\}(?P<many>.*?))?\{%\s*endsay\s*%\}", re.DOTALL)


def extract_template(
    fileobj: IO[bytes], keywords: object, comment_tags: object, options: object
) -> Iterator[tuple[int, str, Any, list[str]]]:
    """Babel's extractor for the ``say`` tags of our templates."""
    text = fileobj.read().decode("utf-8")
    for found in _SAY.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        if found["many"] is None:
            yield line, "say", one_line(found["one"]), []
        else:
            yield line, "say_many", (one_line(found["one"]), one_line(found["many"])), []


class OneForTwo(ValueError):
    """Two sentences with a count share their singular, the key by which catalogues look both up. The message is one sentence."""


def collect(project: Path = PROJECT) -> Catalog:
    """Every sentence of the project and every name of a state or type in its environments. Raises OneForTwo."""
    many: dict[str, str] = {}
    catalogue = Catalog(project="parimutuel-lab", charset="utf-8")
    for package in SPOKEN_PACKAGES:
        found = extract_from_dir(
            project / package,
            method_map=[("**.py", "python"), ("**.html", "serve.translations:extract_template")],
            keywords=dict(KEYWORDS),
        )
        for name, _, sentence, comments, context in found:
            one, *more = sentence if isinstance(sentence, tuple) else (sentence,)
            if many.setdefault(one, "".join(more)) != "".join(more):
                raise OneForTwo(f"{package}/{name}: {one!r} has another plural elsewhere: word one of the two differently.")
            catalogue.add(sentence, None, locations=[(f"{package}/{Path(name).as_posix()}", 0)], auto_comments=comments, context=context)
    for path in sorted((project / "environments").glob("*.toml")):
        for name in _names(path):
            catalogue.add(name, None, locations=[(f"environments/{path.name}", 0)], context=NAME)
    return catalogue


def merge(path: Path, collected: Catalog) -> None:
    """Bring a language's file up to date with the collected sentences; an empty file is a new language."""
    catalogue = read_file(path)
    catalogue.update(collected, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    entries = io.BytesIO()
    write_po(entries, catalogue, width=100, omit_header=True, sort_by_file=True, include_lineno=False, ignore_obsolete=True)
    path.write_bytes(_header(path, catalogue).encode("utf-8") + entries.getvalue())


def read_file(path: Path) -> Catalog:
    """A language's file."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def compile_catalogues(catalogues: Path = CATALOGUES) -> list[Path]:
    """Write the compiled catalogue beside each language's file, and return those written."""
    written = []
    for path in _files(catalogues):
        compiled = path.with_suffix(".mo")
        with compiled.open("wb") as file:
            write_mo(file, read_file(path))
        written.append(compiled)
    return written


def untranslated(path: Path) -> list[str]:
    """The sentences of a language's file that have no translation, or only a guessed one."""
    return [_shown(entry.id) for entry in read_file(path) if entry.id and (entry.fuzzy or not _is_whole(entry.string))]


def main(arguments: Sequence[str]) -> int:
    """``python -m serve.translations [--collect]``."""
    parser = argparse.ArgumentParser(prog="python -m serve.translations", description="Compile the translations of all languages.")
    parser.add_argument("--collect", action="store_true", help="first bring the files up to date with the project's sentences")
    if parser.parse_args(arguments).collect:
        collected = collect()
        for path in _files(CATALOGUES):
            merge(path, collected)
            print(f"{path.parent.parent.name}: {len(untranslated(path))} of {len(collected)} sentences are not translated")
    compile_catalogues(CATALOGUES)
    return 0


def _files(catalogues: Path) -> list[Path]:
    return sorted(catalogues.glob("*/LC_MESSAGES/messages.po"))


def _header(path: Path, catalogue: Catalog) -> str:
    """The translators' comments at the top, and the header that gettext needs, without dates and addresses."""
    lines = path.read_text(encoding="utf-8").splitlines()
    comments = list(itertools.takewhile(lambda line: line.startswith("#"), lines))
    known = {
        "Language": path.parent.parent.name,
        "Plural-Forms": catalogue.plural_forms,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
    }
    return "\n".join([*comments, 'msgid ""', 'msgstr ""', *(f'"{name}: {value}\\n"' for name, value in known.items())]) + "\n\n"


def _names(path: Path) -> Iterable[str]:
    try:
        environment = read_environment(path)
    except InvalidEnvironment:
        return ()
    return (*environment.states, *environment.types)


def _is_whole(translation: str | Sequence[str] | None) -> bool:
    return bool(translation) and all(translation or ())


def _shown(sentence: str | Sequence[str]) -> str:
    return sentence if isinstance(sentence, str) else sentence[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
