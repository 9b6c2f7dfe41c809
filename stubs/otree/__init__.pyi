# The parts of oTree that this project uses. oTree has no types; modules that are missing here count as Any.
from typing import Any

def __getattr__(name: str) -> Any: ...
