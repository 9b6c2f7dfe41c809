"""Tables for print: text that TeX would take for a command is escaped, every row has every column, and cells are those of the page."""

import math
import re

import pandas as pd
import pytest

from comparison.exhibits.cell_writers import number, p_value, percent, prose, whole, words, yes_no
from comparison.exhibits.latex import latex_table
from comparison.exhibits.report_parts import TableShown
from tests.comparison.reports import report
from tests.synthetic import play

COLUMNS = (("kind", "Kind", words), ("said", "What_is said", prose), ("x", "x & y", number(2, True)))


def table(*rows, columns=COLUMNS, **named):
    frame = pd.DataFrame(rows, columns=[name for name, _, _ in columns])
    return latex_table(TableShown("a_table", frame, columns, named.get("caption", "Caption"), named.get("note", "")))


def body(text):
    """The rows between the rules, as lists of cells."""
    lines = text.split("\\midrule\n")[1].split("\\bottomrule")[0].splitlines()
    return [re.split(r"(?<!\\)&", line.removesuffix(r" \\")) for line in lines]


def test_a_table_is_a_float_in_the_style_of_booktabs():
    lines = table(("a", "b", 0.125), note="A note.").splitlines()
    assert lines == [
        r"\begin{table}[tbp]",
        r"\centering",
        r"\footnotesize",
        r"\caption{Caption}",
        r"\label{tab:a-table}",
        r"\begin{tabular}{l>{\raggedright\arraybackslash}p{0.24\linewidth}r}",
        r"\toprule",
        r"Kind & What\_is said & x \& y \\",
        r"\midrule",
        r"a & b & +0.12 \\",
        r"\bottomrule",
        r"\end{tabular}",
        r"\par\smallskip",
        r"\parbox{\linewidth}{\footnotesize A note.}",
        r"\end{table}",
    ]


@pytest.mark.parametrize(
    ("given", "printed"),
    [
        ("100 %", r"100 \%"),
        ("a_b & c#d $5", r"a\_b \& c\#d \$5"),
        (r"{x}\y", r"\{x\}\textbackslash{}y"),
        ("x^2 ~ y", r"x\textasciicircum{}2 \textasciitilde{} y"),
        ("|ln p| < 1 > 0", r"\textbar{}ln p\textbar{} \textless{} 1 \textgreater{} 0"),
        ("\u22121", "$-$1"),
        ("two\nlines", "two lines"),
        ("[2cm]", "{}[2cm]"),
        (r"\\", r"\textbackslash{}\textbackslash{}"),
    ],
)
def test_what_tex_would_obey_is_escaped(given, printed):
    ((cell, *_),) = body(table((given, "", 0)))
    assert cell.strip() == printed


def test_what_is_not_known_is_an_en_dash():
    (cells,) = body(table((None, "", math.nan)))
    assert [cell.strip() for cell in cells] == ["--", "--", "--"]


def test_numbers_have_the_digits_of_the_page():
    columns = (("a", "a", number(3)), ("b", "b", percent), ("c", "c", whole), ("d", "d", p_value), ("e", "e", yes_no))
    (cells,) = body(table((-0.12345, 0.5, 1234, 0.0001, True), columns=columns))
    assert [cell.strip() for cell in cells] == ["$-$0.123", r"50.0 \%", "1,234", r"\textless{}0.001", "yes"]


def test_every_table_of_a_report_has_closed_braces_and_as_many_cells_in_each_row_as_columns(tmp_path):
    report(tmp_path, *(play(code=f"s{n}", participants=8, rounds=3, seed=n + 1, treatment=f"with_{n}.x") for n in range(2)))
    files = sorted((tmp_path / "out").glob("*.tex"))
    assert len(files) > 20
    for file in files:
        text = file.read_text()
        plain = re.sub(r"\\[{}]", "", text)
        assert plain.count("{") == plain.count("}"), file
        assert text.count("$") % 2 == 0, file
        (spec,) = re.findall(r"\\begin\{tabular\}\{(.*)\}$", text, flags=re.MULTILINE)
        width = len(re.sub(r">\{.*?\}p\{.*?\}", "p", spec))
        rows = body(text)
        assert rows
        assert {len(row) for row in rows} == {width}, file
        assert "&amp;" not in text
        assert not re.search(r"(?<!\\)[%#_^]", text), file
