"""Every line of the page on the library runs and gives what the page shows; so do the examples in docstrings of the library."""

from __future__ import annotations

import doctest
import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest

import theory

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs" / "library.md"
MODULES = sorted({inspect.getmodule(getattr(theory, name)).__name__ for name in theory.__all__})


def test_the_page_answers_twelve_questions_and_every_answer_is_right(monkeypatch):
    monkeypatch.chdir(PROJECT)
    text = PAGE.read_text(encoding="utf-8")
    assert [int(number) for number in re.findall(r"^## (\d+)\.", text, re.MULTILINE)] == list(range(1, 13))
    found = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8", optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    assert found.failed == 0
    assert found.attempted > 35


def test_the_page_names_only_what_the_library_offers():
    assert set(re.findall(r"\btheory\.([A-Za-z]\w*)", PAGE.read_text(encoding="utf-8"))) - {"economy"} <= set(theory.__all__)


@pytest.mark.parametrize("module", MODULES)
def test_examples_in_docstrings_run(module, monkeypatch):
    monkeypatch.chdir(PROJECT)
    assert doctest.testmod(import_module(module)).failed == 0


def test_public_functions_of_the_core_have_an_example():
    names = ("stage1_optimum", "intervals", "posterior", "solve_stage2", "competitive_equilibrium", "incentives")
    assert [name for name in names if ">>>" not in getattr(theory, name).__doc__] == []
