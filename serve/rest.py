"""oTree's REST interface, as far as bots and archives need it: create a session, read its config and participants, export."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from serve.problem import ServeProblem

TIMEOUT_SECONDS = 120


@dataclass(frozen=True)
class CreatedSession:
    """A session, its config as oTree holds it, and its participants' codes in the order of their ids."""

    code: str
    config: Mapping[str, Any]
    participants: tuple[str, ...]


@dataclass(frozen=True)
class SessionInfo:
    """What the REST interface reports about a session: its apps in order, and the labels of those participants who have one."""

    code: str
    apps: tuple[str, ...]
    labels: frozenset[str]


class RequestRefused(ServeProblem):
    """The server answered with a status other than 200."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


class Rest:
    """One server's REST interface. A refusal is raised with the server's own words."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        self._http = requests.Session()
        self._http.trust_env = False  # proxies in the environment are not meant for this machine
        self._http.headers["otree-rest-key"] = key

    def create_session(self, config: str, participants: int, fields: Mapping[str, Any]) -> CreatedSession:
        """Create a session of a config, with some of its fields replaced."""
        answer = self._ask(
            "POST",
            "/api/sessions",
            {"session_config_name": config, "num_participants": participants, "modified_session_config_fields": dict(fields)},
        )
        code = answer.json()["code"]
        told = self._ask("POST", f"/api/get_session/{code}", {}).json()
        people = sorted(told["participants"], key=lambda person: int(person["id_in_session"]))
        return CreatedSession(code, told["config"], tuple(person["code"] for person in people))

    def sessions(self) -> list[str]:
        """The codes of the server's sessions, in the order of their creation."""
        return [session["code"] for session in self._json("GET", "/api/sessions")]

    def session(self, code: str) -> SessionInfo:
        """What the server reports about a session; it answers 404 for an unknown one."""
        told = self._json("POST", f"/api/get_session/{code}", {})
        labels = frozenset(person["label"] for person in told["participants"] if person["label"])
        return SessionInfo(told["code"], tuple(told["config"]["app_sequence"]), labels)

    def version(self) -> str:
        """The version of the server's oTree."""
        return str(self._json("GET", "/api/otree_version")["version"])

    def page_times(self) -> str:
        """oTree's table of page times of all sessions; there is no table of one session."""
        return self._ask("GET", "/api/export_page_times").content.decode("utf-8")

    def table(self, app: str, session: str) -> str:
        """oTree's own table of an app."""
        return self._ask("GET", f"/api/export_app?app={app}&session_code={session}").content.decode("utf-8")

    def export(self, app: str, function: str, session: str) -> str:
        """The CSV of one of an app's export functions."""
        path = f"/api/export_app_custom?app={app}&function_name={function}&session_code={session}"
        return self._ask("GET", path).content.decode("utf-8")

    def forget(self, code: str) -> dict[str, Any]:
        """Have the participant with this withdrawal code forgotten; an empty answer if nobody has it."""
        answer: dict[str, Any] = self._json("POST", "/api/forget", {"code": code})
        return answer

    def _json(self, method: str, path: str, payload: Mapping[str, Any] | None = None) -> Any:
        try:
            return self._ask(method, path, payload).json()
        except ValueError:
            raise ServeProblem(f"The server {self.url} answered {method} {path} but not with JSON: is it an oTree server?") from None

    def _ask(self, method: str, path: str, payload: Mapping[str, Any] | None = None) -> requests.Response:
        try:
            answer = self._http.request(method, self.url + path, json=payload, timeout=TIMEOUT_SECONDS)
        except requests.RequestException as error:
            raise ServeProblem(f"The server {self.url} did not answer {method} {path}: {type(error).__name__}.") from error
        if answer.status_code != 200:
            said = " ".join(answer.text.split())[:300] or "nothing"
            raise RequestRefused(
                f"The server {self.url} answered {method} {path} with {answer.status_code} and said: {said}", answer.status_code
            )
        return answer
