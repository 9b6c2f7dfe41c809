r"""Tables for a paper: LaTeX with the packages booktabs and array, with the same cells as on the
page.

Each file is a whole ``table`` with caption and label, to be included with ``\input``. The writer in
pandas would need a template engine that nothing else here needs.
"""

from __future__ import annotations

from comparison.exhibits.cell_writers import NOTHING, is_text, prose
from comparison.exhibits.report_parts import TableShown

_SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
    "\u2212": "$-$", NOTHING: "--", "±": r"$\pm$", "\u221e": r"$\infty$", "\u00a0": "~", "\n": " ", "\r": " ", "\t": " ",
    '"': r"\textquotedbl{}",
}  # fmt: skip
_TRANSLATION = str.maketrans(_SPECIAL)
_PROSE_WIDTH = "0.24\\linewidth"


def latex_table(shown: TableShown) -> str:
    """The table as LaTeX; a cell without a value is an en dash."""
    aligned = "".join(_alignment(write) for _, _, write in shown.columns)
    head = _line(_escaped(heading) for _, heading, _ in shown.columns)
    picked = [shown.frame[name] for name, _, _ in shown.columns]
    body = [
        _line(_escaped(write(value)) for value, (_, _, write) in zip(values, shown.columns, strict=True))
        for values in zip(*picked, strict=True)
    ]
    note = [r"\par\smallskip", rf"\parbox{{\linewidth}}{{\footnotesize {_escaped(shown.note)}}}"] if shown.note else []
    lines = [
        r"\begin{table}[tbp]", r"\centering", r"\footnotesize",
        rf"\caption{{{_escaped(shown.caption)}}}", rf"\label{{tab:{_label(shown.name)}}}",
        rf"\begin{{tabular}}{{{aligned}}}", r"\toprule", head, r"\midrule", *body, r"\bottomrule", r"\end{tabular}", *note, r"\end{table}",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _line(cells: object) -> str:
    return " & ".join(cells) + r" \\"  # type: ignore[arg-type]


def _alignment(write: object) -> str:
    if write is prose:
        return rf">{{\raggedright\arraybackslash}}p{{{_PROSE_WIDTH}}}"
    return "l" if is_text(write) else "r"  # type: ignore[arg-type]


def _escaped(text: str) -> str:
    # a row that begins with [ would be taken for the length that may follow the row before
    return ("{}" if text.startswith("[") else "") + text.translate(_TRANSLATION)


def _label(name: str) -> str:
    return name.replace("_", "-")
