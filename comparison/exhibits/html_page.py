"""The page: sections of paragraphs, tables and figures as one self-contained HTML file."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from string import Template

from comparison.exhibits.cell_writers import is_text, prose
from comparison.exhibits.report_parts import LONGEST, Figures, Folded, Part, ReportSection, TableShown
from comparison.figures import inline


def page(title: str, lead: str, sections: Sequence[ReportSection]) -> str:
    """The whole page, with tables and figures numbered in their order."""
    tables, drawn = count(1), count(1)
    contents = "".join(f'<li><a href="#{part.anchor}">{html.escape(part.heading)}</a></li>' for part in sections)
    body = "".join(
        f'<section id="{part.anchor}"><h2>{html.escape(part.heading)}</h2>{_parts(part.parts, tables, drawn)}</section>\n'
        for part in sections
    )
    return _PAGE.substitute(title=html.escape(title), lead=lead, contents=contents, body=body, style=_STYLE)


def paragraph(*sentences: str) -> str:
    """Sentences as text: escaped, joined, one paragraph."""
    return f"<p>{html.escape(' '.join(sentence for sentence in sentences if sentence))}</p>\n" if any(sentences) else ""


def bullets(lines: Iterable[str]) -> str:
    """Lines as a list."""
    items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    return f"<ul>{items}</ul>\n" if items else ""


def alert(content: str) -> str:
    """A box that cannot be overlooked."""
    return f'<div class="alert" role="alert">{content}</div>\n'


def _parts(parts: Iterable[Part], tables: Iterator[int], drawn: Iterator[int]) -> str:
    return "".join(_part(part, tables, drawn) for part in parts)


def _part(part: Part, tables: Iterator[int], drawn: Iterator[int]) -> str:
    if isinstance(part, TableShown):
        return _table(part, next(tables))
    if isinstance(part, Figures):
        items = "".join(
            f"<figure>{inline(figure)}<figcaption>Figure {next(drawn)}. {html.escape(figure.caption)}</figcaption></figure>"
            for figure in part.drawn
        )
        return f'<div class="figures">{items}</div>\n' if items else ""
    if isinstance(part, Folded):
        content = _parts(part.parts, tables, drawn)
        return f"<details><summary>{html.escape(part.heading)}</summary>{content}</details>\n" if content else ""
    return part


def _table(shown: TableShown, place: int) -> str:
    """A table that scrolls sideways on a narrow screen; a long table shows its first rows only."""
    kinds = ["p" if write is prose else "" if is_text(write) else "n" for _, _, write in shown.columns]
    classes = [f' class="{kind}"' if kind else "" for kind in kinds]
    head = "".join(
        f'<th scope="col"{kind}>{html.escape(heading)}</th>' for (_, heading, _), kind in zip(shown.columns, classes, strict=True)
    )
    picked = [shown.frame[name].head(LONGEST) for name, _, _ in shown.columns]
    rows = []
    for values in zip(*picked, strict=True):
        written = [write(value) for value, (_, _, write) in zip(values, shown.columns, strict=True)]
        cells = "".join(f"<td{kind}>{html.escape(text)}</td>" for text, kind in zip(written, classes, strict=True))
        rows.append(f"<tr>{cells}</tr>")
    rest = f"The first {LONGEST} of {len(shown.frame):,} rows; {shown.file} holds all." if shown.is_long else ""
    notes = " ".join(note for note in (shown.note, rest) if note)
    foot = f'<p class="note">{html.escape(notes)}</p>' if notes else ""
    caption = f"Table {place}. {shown.caption}"
    return (
        f'<div class="table" tabindex="0" role="region" aria-label="{html.escape(caption, quote=True)}"><table>'
        f"<caption>{html.escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>\n"
        + "\n".join(rows)
        + f"</tbody></table></div>{foot}\n"
    )


_STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 62rem; background: #fff; color: #1a1a1a;
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
.p { min-width: 11rem; }
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
