"""A template as text, without a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from otree.templating import ibis_loader


def rendered(template: str, variables: Mapping[str, Any]) -> str:
    """The text of a template, filled with variables, in the current language."""
    return str(ibis_loader.load(template).render(dict(variables), strict_mode=True))
