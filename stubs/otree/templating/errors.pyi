from typing import Any

class TemplateSyntaxError(Exception):
    def __init__(self, msg: str, token: Any) -> None: ...
