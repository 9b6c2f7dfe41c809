"""What touches oTree's private interface stands in one package, which was written for one version of oTree."""

import ast
from importlib import metadata

import pytest

from tests.app.played import PROJECT

APPS = ("parimutuel_intro", "parimutuel_twostage", "parimutuel_outro")
PUBLIC = "otree.api"
PRIVATE = ("scheduler.py", "control.py", "pay_sheet.py")


def written_for(name):
    module = ast.parse((PROJECT / "otree_host" / name).read_text())
    assigned = {ast.unparse(node.targets[0]): node.value for node in module.body if isinstance(node, ast.Assign)}
    return ast.literal_eval(assigned["WRITTEN_FOR"])


def test_the_installed_otree_is_the_one_gate_was_written_for():
    wanted = written_for("stage_pages.py")
    assert metadata.version("otree") == wanted, "read otree_host against the new otree, then change WRITTEN_FOR"


def test_the_installed_web_server_is_the_one_its_limits_were_written_for():
    wanted = written_for("web_server.py")
    assert set(wanted) == {"uvicorn", "websockets", "h11"}
    assert {name: metadata.version(name) for name in wanted} == wanted, "read *_protocol.py against the new ones, then change WRITTEN_FOR"


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


@pytest.mark.parametrize(
    "path", [path for app in APPS for path in sorted((PROJECT / app).glob("*.py"))], ids=lambda p: f"{p.parent.name}/{p.name}"
)
def test_no_other_module_imports_more_of_otree_than_its_public_interface(path):
    if path.name not in PRIVATE:
        assert {name for name in imports(path) if name.split(".")[0] in ("otree", "starlette", "sqlalchemy")} <= {PUBLIC}
