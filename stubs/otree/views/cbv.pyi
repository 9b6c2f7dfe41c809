from typing import Any

REST_KEY_NAME: str
REST_KEY_HEADER: str

def validate_rest_key(request: Any) -> Any: ...

class AdminView:
    url_pattern: Any
    request: Any
    def get_post_data(self) -> Any: ...
    def redirect(self, url_name: str, **path_params: Any) -> Any: ...
