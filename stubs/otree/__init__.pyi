# What this project uses of oTree. oTree has no types of its own; modules that are not here count as Any.
from typing import Any

def __getattr__(name: str) -> Any: ...
