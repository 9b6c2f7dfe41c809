"""The contents of oTree's modules before and after our patches; run by ``test_version.py`` in a process of its own."""

from __future__ import annotations

import json
import logging
import pkgutil
import sys
from importlib import import_module
from typing import Any

import otree.api  # noqa: F401  (the apps import it first)

import otree_host
from otree_host.installing import install, installed, owner_of


def imported_and_installed() -> dict[str, Any]:
    """What has changed at which targets once our modules are imported, once they are installed, and once they are installed again."""
    from otree_host.patches import PATCHES, Patch  # it imports every module of the package, as the next lines make sure

    for module in pkgutil.iter_modules(otree_host.__path__):
        import_module(f"otree_host.{module.name}")
    targets = list(dict.fromkeys(patch.target for patch in PATCHES if isinstance(patch, Patch)))
    lines = [patch.target for patch in PATCHES]
    theirs, added = {target: _at(target) for target in targets}, _additions()
    source = {target: _is_ours(value) for target, value in theirs.items()}
    install()
    ours, added_then = {target: _at(target) for target in targets}, _additions()
    install()
    return {
        "targets": lines,
        "ours_before": [target for target in targets if source[target]],
        "added_before": added,
        "theirs_after": [target for target in targets if ours[target] is theirs[target] or ours[target] is not installed[target]],
        "added_after": added_then,
        "changed_by_the_second": [target for target in targets if _at(target) is not ours[target]],
        "undocumented": [patch.target for patch in PATCHES if not patch.why or (isinstance(patch, Patch) and not patch.found_in)],
    }


def booted() -> list[str]:
    """The targets that, once oTree has started with our apps, are not ours."""
    import scenes  # noqa: F401  (it starts oTree)

    return ["nothing was installed"] if not installed else [target for target, ours in installed.items() if _at(target) is not ours]


def _at(target: str) -> Any:
    """The object at a target, as stored there: a class's method unbound, a property as such."""
    owner, name = owner_of(target)
    kept = owner if isinstance(owner, dict) else vars(owner)
    return kept[name] if name in kept else getattr(owner, name)


def _is_ours(value: Any) -> bool:
    """Whether a function, class or wrapper is written in our package."""
    code = getattr(getattr(value, "__func__", value), "__code__", None)
    written_in = code.co_filename if code is not None else str(getattr(value, "__module__", ""))
    return "otree_host" in written_in or "otree_host" in type(value).__module__


def _additions() -> list[str]:
    """Which of our additions are present."""
    from otree.models import Session
    from otree.templating import nodes
    from sqlalchemy import event

    from otree_host import entry_routes, log_lines

    there = {
        "log lines": logging.getLogRecordFactory() is log_lines.OneLineRecord,
        "tags": {"language_code", "many", "say", "again", "once"} <= set(nodes.instruction_keywords),
        "links": event.contains(Session, "before_insert", entry_routes._long_link),
    }
    return [name for name, is_there in there.items() if is_there]


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](**json.loads(sys.argv[2]))))
