"""Puts the table of patches in place, once."""

from __future__ import annotations

from collections.abc import MutableMapping
from importlib import import_module
from typing import Any


def install() -> None:
    """Replace, in the order of the table, what it names; another call does nothing.

    Each app calls this, since any of them may be the first. It cannot be called earlier: oTree imports ``settings.py`` before there is
    anything to replace. It must not be called later: after the apps, oTree makes routes of all pages and opens its database.
    """
    from otree_host.patches import PATCHES, Patch  # not above: they import oTree, which needs a project's settings

    if installed:
        return
    for patch in PATCHES:
        owner, name = owner_of(patch.target)
        if isinstance(patch, Patch):
            ours = patch.by(get(owner, name))
            put(owner, name, ours)
            installed[patch.target] = ours
        else:
            get(owner, name)  # it must be there
            patch.add()


def owner_of(target: str) -> tuple[Any, str]:
    """The module, class or dictionary that holds what a target names, and its name there."""
    module, _, path = target.partition(":")
    *holders, name = path.split(".")
    owner: Any = import_module(module)
    for holder in holders:
        owner = get(owner, holder)
    return owner, name


def get(owner: Any, name: str) -> Any:
    return owner[name] if isinstance(owner, MutableMapping) else getattr(owner, name)


def put(owner: Any, name: str, ours: Any) -> None:
    if isinstance(owner, MutableMapping):
        owner[name] = ours
    else:
        setattr(owner, name, ours)


installed: dict[str, Any] = {}
"""What stands at each target now."""
