"""The pieces of an HTML page: paragraphs, tables, figures, and the frame that makes them one self-contained file."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Iterable, Sequence
from string import Template

import pandas as pd

from comparison.figures import Figure, inline

NOTHING = "–"
Column = tuple[str, str, Callable[[object], str]]
"""A column of a table: its name in the data, its heading, and how a cell is written."""


def page(title: str, lead: str, sections: Iterable[tuple[str, str, str]]) -> str:
    """The whole page; ``sections`` are (anchor, heading, HTML)."""
    parts = list(sections)
    contents = "".join(f'<li><a href="#{anchor}">{html.escape(heading)}</a></li>' for anchor, heading, _ in parts)
    body = "".join(f'<section id="{anchor}"><h2>{html.escape(heading)}</h2>{text}</section>\n' for anchor, heading, text in parts)
    return _PAGE.substitute(title=html.escape(title), lead=lead, contents=contents, body=body, style=_STYLE)


def paragraph(*sentences: str) -> str:
    """Sentences as text: escaped, joined, one paragraph."""
    return f"<p>{html.escape(' '.join(sentence for sentence in sentences if sentence))}</p>\n" if any(sentences) else ""


def bullets(lines: Sequence[str]) -> str:
    """Lines as a list."""
    return "<ul>" + "".join(f"<li>{html.escape(line)}</li>" for line in lines) + "</ul>\n" if lines else ""


def table(frame: pd.DataFrame, columns: Sequence[Column], caption: str, note: str = "") -> str:
    """A data frame as a table that scrolls by itself on a narrow screen."""
    classes = ["" if write in (words, yes_no) else ' class="n"' for _, _, write in columns]
    head = "".join(f'<th scope="col"{kind}>{html.escape(heading)}</th>' for (_, heading, _), kind in zip(columns, classes, strict=True))
    picked = [frame[name] for name, _, _ in columns]
    rows = []
    for values in zip(*picked, strict=True):
        written = [write(value) for value, (_, _, write) in zip(values, columns, strict=True)]
        cells = "".join(f"<td{kind}>{html.escape(text)}</td>" for text, kind in zip(written, classes, strict=True))
        rows.append(f"<tr>{cells}</tr>")
    foot = f'<p class="note">{html.escape(note)}</p>' if note else ""
    return (
        f'<div class="table" tabindex="0" role="region" aria-label="{html.escape(caption, quote=True)}"><table>'
        f"<caption>{html.escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>\n"
        + "\n".join(rows)
        + f"</tbody></table></div>{foot}\n"
    )


def folded(heading: str, content: str) -> str:
    """Content that opens on a click; print shows the heading only."""
    return f"<details><summary>{html.escape(heading)}</summary>{content}</details>\n"


def figures(*drawn: Figure) -> str:
    """Figures side by side where there is room."""
    if not drawn:
        return ""
    items = "".join(f"<figure>{inline(figure)}<figcaption>{html.escape(figure.caption)}</figcaption></figure>" for figure in drawn)
    return f'<div class="figures">{items}</div>\n'


def alert(content: str) -> str:
    """A box that cannot be overlooked."""
    return f'<div class="alert" role="alert">{content}</div>\n'


def words(value: object) -> str:
    """A cell of text."""
    return NOTHING if value is None or value == "" or (isinstance(value, float) and math.isnan(value)) else str(value)


def whole(value: object) -> str:
    """A cell that counts."""
    return NOTHING if value is None or (isinstance(value, float) and math.isnan(value)) else f"{int(value):,}"  # type: ignore[call-overload]


def number(digits: int = 3, signed: bool = False) -> Callable[[object], str]:
    """A cell with so many decimals; a minus sign for a minus, none for what rounds to zero."""

    def write(value: object) -> str:
        if not isinstance(value, int | float) or math.isnan(value):
            return NOTHING
        rounded = round(float(value), digits) + 0.0
        return f"{rounded:{'+' if signed and rounded else ''}.{digits}f}".replace("-", "\u2212")

    return write


def percent(value: object) -> str:
    """A share as a percentage."""
    return NOTHING if not isinstance(value, int | float) or math.isnan(value) else f"{100 * float(value):.1f} %".replace("-", "\u2212")


def yes_no(value: object) -> str:
    return "yes" if value else "no"


_STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 54rem; background: #fff; color: #1a1a1a;
  font: 1rem/1.55 Georgia, "Times New Roman", serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .6rem; }
h2 { font-size: 1.25rem; margin: 2.4rem 0 .6rem; padding-top: .6rem; border-top: 1px solid #ccc; }
h3 { font-size: 1.05rem; margin: 1.4rem 0 .3rem; }
p, ul { margin: .5rem 0 .8rem; max-width: 44rem; }
nav ul { padding: 0; margin: 1rem 0; list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1rem; }
nav, .table, figcaption, summary, .note, .alert { font-family: system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }
nav { font-size: .88rem; }
a { color: #0b5394; }
.lead { font-size: 1.05rem; }
.table { overflow-x: auto; margin: 1rem 0 .4rem; font-size: .82rem; line-height: 1.35; }
table { border-collapse: collapse; min-width: 20rem; }
caption { text-align: left; font-weight: 600; padding-bottom: .35rem; min-width: 20rem; }
th, td { padding: .22rem .5rem; text-align: left; vertical-align: top; }
thead th { border-top: 1.5px solid #1a1a1a; border-bottom: 1px solid #1a1a1a; font-weight: 600; vertical-align: bottom; }
tbody tr:last-child td { border-bottom: 1.5px solid #1a1a1a; }
.n { text-align: right; font-variant-numeric: tabular-nums; }
td.n { white-space: nowrap; }
.note { font-size: .8rem; color: #555; margin: .2rem 0 1rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 21rem), 1fr)); gap: 1rem 1.5rem;
  margin: 1rem 0; align-items: start; }
figure { margin: 0; }
figure svg { display: block; width: 100%; max-width: 25rem; height: auto; }
figcaption { font-size: .82rem; line-height: 1.4; color: #333; margin-top: .3rem; max-width: 25rem; }
details { margin: 1rem 0; }
summary { cursor: pointer; font-size: .88rem; color: #0b5394; }
.alert { border: 2px solid #a40000; border-left-width: .6rem; padding: .3rem 1rem; margin: 1rem 0; font-size: .92rem; }
@media print { body { max-width: none; } .table { overflow: visible; } figure, table { break-inside: avoid; } }
"""

_PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>$style</style>
</head>
<body>
<header><h1>$title</h1>
$lead
<nav aria-label="Sections"><ul>$contents</ul></nav></header>
<main>
$body</main>
</body>
</html>
""")
