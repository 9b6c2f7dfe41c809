from typing import Any

class LoginForm:
    username: Any
    password: Any
    def validate(self) -> bool: ...

def __getattr__(name: str) -> Any: ...
