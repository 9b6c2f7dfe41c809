from collections.abc import Mapping
from typing import Any

ibis_loader: Any

def render(template_name: str, context: Mapping[str, Any]) -> Any: ...
