"""The studies of the folder ``texts/``: which there are, and whether their files can be used.

A study is a folder ``texts/STUDY/`` with a folder for each language, ``texts/STUDY/en/``, which may
hold four files. Nobody has to write all of them: what a study does not have is built in. But all of
its languages have the same files, and the same items in the questionnaire.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from experiment.options import STUDY_NAME
from experiment.texts.blanks import check_fields, check_filled
from experiment.texts.items import Item, line_of, read_items
from experiment.texts.markdown import check_markdown
from experiment.texts.problems import InvalidText

TEXTS = Path(__file__).resolve().parents[2] / "texts"
CONSENT, WELCOME, DEBRIEFING, QUESTIONNAIRE = FILES = ("consent.md", "welcome.md", "debriefing.md", "questionnaire.toml")
LARGEST = 100_000
"""The most bytes of a file."""


@dataclass(frozen=True)
class Source:
    """A file as it was read: its name, the place that messages name, and the text."""

    name: str
    place: str
    text: str


@dataclass(frozen=True)
class Study:
    """The files of a study in one language, and the items of its questionnaire."""

    name: str
    language: str
    sources: tuple[Source, ...]
    items: tuple[Item, ...]


def studies(texts: Path = TEXTS) -> Sequence[str]:
    """The names of the folders in ``texts/`` that a session may name."""
    if not texts.is_dir():
        return []
    return sorted(path.name for path in texts.iterdir() if path.is_dir() and re.fullmatch(STUDY_NAME, path.name))


def languages_of(study: str, texts: Path = TEXTS) -> Sequence[str]:
    """The languages of a study, by their codes."""
    return sorted(path.name for path in (texts / study).iterdir() if path.is_dir() and not path.name.startswith((".", "_")))


def left_out(texts: Path = TEXTS) -> list[str]:
    """A sentence about each study that no session can use, because one of its files is wrong."""
    folders = [path.name for path in sorted(texts.iterdir()) if path.is_dir()] if texts.is_dir() else []
    sentences = [
        f"texts/{name} is left out: a study's name has at most 40 letters, digits, hyphens and underscores."
        for name in folders
        if not name.startswith((".", "_")) and not re.fullmatch(STUDY_NAME, name)
    ]
    for study in studies(texts):
        try:
            check_study(study, texts)
        except InvalidText as error:
            sentences.append(f"The texts of {study} are left out: {error}")
    return sentences


def check_study(study: str, texts: Path = TEXTS) -> None:
    """Read every file of a study, in every language. Raises InvalidText for the first that is wrong."""
    known = languages_of(study, texts)
    if not known:
        raise InvalidText(f"texts/{study}", None, "there is no folder of a language, such as en, in it.")
    read = [_read(study, language, texts) for language in known]
    for one in read[1:]:
        _compare(read[0], one)


def read_study(study: str, language: str, texts: Path = TEXTS) -> Study:
    """The study's files in this language. Raises InvalidText if it has no such language, if a file of it is wrong, or if one has a place
    that is not filled in.
    """
    if study not in studies(texts):
        known = ", ".join(studies(texts)) or "no study"
        raise InvalidText(f"texts/{study}", None, f"there is no such folder; texts/ has {known}.")
    check_study(study, texts)
    if language not in languages_of(study, texts):
        raise InvalidText(
            f"texts/{study}/{language}",
            None,
            f"there is no such folder, so participants could not read the study's texts in the language of the session; there are texts in "
            f"{', '.join(languages_of(study, texts))}.",
        )
    found = _read(study, language, texts)
    for source in found.sources:
        check_filled(source.place, source.text)
    return found


def _read(study: str, language: str, texts: Path) -> Study:
    folder = texts / study / language
    for path in sorted(folder.iterdir()):
        if path.suffix in (".md", ".toml") and path.name not in FILES:
            raise InvalidText(_place(path, texts), None, f"the file is not known; a study may have {', '.join(FILES)}.")
    sources = tuple(_sources(folder, texts))
    if not sources:
        raise InvalidText(_place(folder, texts), None, f"the folder has none of {', '.join(FILES)}.")
    items: tuple[Item, ...] = ()
    for source in sources:
        if source.name == QUESTIONNAIRE:
            items = read_items(source.place, source.text)
        else:
            check_fields(source.place, source.text)
            check_markdown(source.place, source.text)
    return Study(study, language, sources, items)


def _sources(folder: Path, texts: Path) -> Iterator[Source]:
    for name in FILES:
        path = folder / name
        if path.is_file():
            yield Source(name, _place(path, texts), _text(path, texts))


def _text(path: Path, texts: Path) -> str:
    """The text of a file, with the ends of its lines as Markdown and TOML want them."""
    place = _place(path, texts)
    try:
        written = path.read_bytes()
    except OSError as error:
        raise InvalidText(place, None, f"the file cannot be read: {error.strerror or error}.") from None
    if len(written) > LARGEST:
        raise InvalidText(place, None, f"the file has {len(written)} bytes; it may have {LARGEST}.")
    try:
        text = written.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = written.count(b"\n", 0, error.start) + 1
        raise InvalidText(place, line, "this is not UTF-8: save the file in that encoding.") from None
    wrong = re.search(r"[^\t\n\x20-\x7e\x80-\U0010ffff]|[\x80-\x9f]", text)
    if wrong:
        line = text.count("\n", 0, wrong.start()) + 1
        raise InvalidText(place, line, f"the character {wrong[0]!a} cannot be shown.")
    if not text.strip():
        raise InvalidText(place, 1, "the file is empty.")
    return text


def _compare(one: Study, other: Study) -> None:
    """Raises InvalidText if the two languages of a study do not have the same files and the same items."""
    names = [{source.name for source in study.sources} for study in (one, other)]
    for study, missing in ((other, names[0] - names[1]), (one, names[1] - names[0])):
        if missing:
            name = min(missing)
            there = one if study is other else other
            raise InvalidText(
                f"texts/{study.name}/{study.language}/{name}",
                None,
                f"there is no such file, but texts/{there.name}/{there.language} has one: every language of a study has the same files.",
            )
    for number in range(max(len(one.items), len(other.items))):
        pair = [study.items[number] if number < len(study.items) else None for study in (one, other)]
        if pair[0] is None or pair[1] is None or pair[0].meaning != pair[1].meaning:
            _refuse_item(one, other, number)


def _refuse_item(one: Study, other: Study, number: int) -> None:
    source = next(source for source in other.sources if source.name == QUESTIONNAIRE)
    last = min(number, len(other.items) - 1)
    raise InvalidText(
        source.place,
        line_of(source.text, last, "id"),
        f"item {number + 1} is not that of texts/{one.name}/{one.language}/{QUESTIONNAIRE}: every language has the same items in the same "
        "order, and only their words differ.",
    )


def _place(path: Path, texts: Path) -> str:
    return f"texts/{path.relative_to(texts).as_posix()}"
