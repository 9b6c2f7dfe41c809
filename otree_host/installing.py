"""Applies the table of patches, once."""

from __future__ import annotations

from collections.abc import MutableMapping
from importlib import import_module
from typing import Any


def install() -> None:
    """Apply the patches in the order of the table; a second call does nothing.

    Each app calls this, since any of them may be imported first. It cannot be called earlier: oTree
    imports ``settings.py`` before there is anything to replace. It must not be called later: after
    the apps, oTree makes routes for all pages and opens its database.
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
            get(owner, name)  # the replaced name must exist
            patch.add()


def owner_of(target: str) -> tuple[Any, str]:
    """The module, class or dictionary that contains a target, and the target's name in it."""
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
"""The current value of each target."""
