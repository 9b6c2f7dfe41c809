"""No text is lost: a string that stands as a statement of its own, and is not a docstring, was meant to be part of something."""

import ast
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
FOLDERS = (
    "comparison", "theory", "experiment", "serve", "otree_host", "parimutuel_intro", "parimutuel_twostage", "parimutuel_outro",
    "benchmarks", "docs",
    "tests",
)  # fmt: skip


def lost_strings(tree: ast.Module) -> list[int]:
    """The lines of strings that are not docstrings: what stands neither first nor below a name that it explains."""
    found = []
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            statements = getattr(node, name, None)
            if not isinstance(statements, list):
                continue
            for place, statement in enumerate(statements):
                if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.JoinedStr | ast.Constant)):
                    continue
                if isinstance(statement.value, ast.Constant) and not isinstance(statement.value.value, str | bytes):
                    continue  # an ellipsis
                documented = place == 0 and isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
                attribute = place > 0 and _is_attribute(statements[place - 1], isinstance(node, ast.Module | ast.ClassDef))
                if not (name == "body" and (documented or attribute)):
                    found.append(statement.lineno)
    return found


def _is_attribute(statement: ast.stmt, outside: bool) -> bool:
    """Whether a string below the statement says what it is: a name of a module or class, or an attribute, but no variable."""
    if not isinstance(statement, ast.Assign | ast.AnnAssign):
        return False
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return outside or all(isinstance(target, ast.Attribute) for target in targets)


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_string_is_a_statement_without_effect(folder):
    files = sorted((PROJECT / folder).rglob("*.py"))
    assert files
    assert {str(path): lines for path in files if (lines := lost_strings(ast.parse(path.read_text(encoding="utf-8"))))} == {}


def test_a_note_whose_second_half_is_no_part_of_it_is_found():
    lost = 'def f():\n    """Doc."""\n    note = "first "\n    f"second"\n    "third"\n    return note\n'
    assert lost_strings(ast.parse(lost)) == [4, 5]
    kept = '"""Doc."""\nX = 1\n"""What X is."""\n\n\nclass A:\n    """Doc."""\n\n    y: int\n    """What y is."""\n\n    def g(self): ...\n'
    assert lost_strings(ast.parse(kept)) == []
