"""Requests at oTree's application, in process: what is refused before oTree reads it, what every answer carries, and how often a
password may be tried. All scenes are played in one process, whose start takes most of the time."""

from __future__ import annotations

import re

import pytest

from experiment.network.request_limits import LARGEST_BODY, LARGEST_JSON, MOST_FIELDS
from tests.app.played import play

FORM, JSON = {"content-type": "application/x-www-form-urlencoded"}, {"content-type": "application/json"}
KEY = {"otree-rest-key": "r" * 16}
STRANGER, ADMIN, PASSWORD = "192.0.2.7", "198.51.100.1", "quiet-harbour"
NO_BODY = ["", "", 0, ""]
MOST = 10
"""Wrong passwords of one address in a minute."""


def json_of(size):
    return ['{"vars": 1', " ", size - 11, "}"]


def gets(targets, headers=None):
    return ["statuses", {"requests": [["GET", target, NO_BODY, headers or {}] for target in targets]}]


FORMS = [
    (["", "a;", LARGEST_BODY // 2, ""], 403),
    (["", "x", LARGEST_BODY, ""], 403),
    (["", "x", LARGEST_BODY + 1, ""], 413),
    (["", "x", LARGEST_JSON * 3, ""], 413),
    (["a=1", "&a=1", MOST_FIELDS - 1, ""], 403),
    (["a=1", "&a=1", MOST_FIELDS, ""], 413),
    (["", "&", MOST_FIELDS, ""], 413),
]
PLACES = ["/", "/nowhere", "/p/nobody/market/FirstOffer/3", "/sessions", "/room/lab", "/api/sessions", "/static/x", "/MarketControl/x"]
TOO_LARGE = [["", "a&", 25_000, ""], ["", "x", LARGEST_BODY + 1, ""]]
API = "/api/session_vars/none"
JSONS = [
    (API, JSON | KEY, LARGEST_JSON, 404),
    (API, JSON | KEY, LARGEST_JSON + 1, 413),
    (API, JSON | {"otree-rest-key": "guessed"}, LARGEST_BODY + 1, 413),
    (API, JSON, LARGEST_BODY + 1, 413),
    (API, JSON, LARGEST_BODY, 403),
    ("/login", JSON | KEY, LARGEST_BODY + 1, 413),
]
READ = {
    "a=1&b=2+3&a=%C3%A4%3B&c": [["a", "1"], ["b", "2 3"], ["a", "ä;"], ["c", ""]],
    "a=1;b=2": [["a", "1;b=2"]],
    "&&a=&&": [["a", ""]],
    "a=%00%FF": [["a", "\0\ufffd"]],
    "": [],
    "a=b=c": [["a", "b=c"]],
}
METHODS = ["SCOPE", "SEND", "RECEIVE", "DISPATCH", "__INIT__", "__CLASS__", "URL_PATTERN", "PUT", "DELETE", "OPTIONS", "get", "Post"]
BAD_TARGETS = [
    "/static/..%2f_static_secret/x.txt",
    "/static/../_static_root/x.txt",
    "/static/%2e%2e/settings.py",
    "/static/%252e%252e%252fsettings.py",
    "/static/.%2e/x",
    "/static/..%20/x",
    "/static/.../x",
    "/static/..%5c..%5csettings.py",
    "/static/%5c%5chost%5cshare%5cx",
    "/static/%255c%255chost",
    "/static/a\\b",
    "/room/lab%0aINFO:%20FORGED",
    "/room/lab%0d",
    "/room/lab%1b[31m",
    "/room/lab%7f",
    "/room/lab%c2%85x",
    "/room/lab%e2%80%a8x",
    "/room/lab%00",
    "/room/lab%250a",
    "/room/lab?participant_label=%00",
]
GOOD_TARGETS = {
    "/room/lab?participant_label=..%5c": 200,
    "/room/online?participant_label=a%0a": 200,
    "/room/..lab": 404,
    "/room/a.b": 404,
    "/static/parimutuel/style.css": 200,
}
BAD_HOSTS = ["x/login?", "a b", "a@b", "[::1", "a:b"]
GOOD_HOSTS = ["localhost:8000", "lab-3.example.org", "[::1]:8000", "192.0.2.1"]
FRAMABLE = (
    *("/p/", "/room/", "/join/", "/InitializeParticipant/", "/OutOfRangeNotification/", "/instructions/"),
    *("/GBATInactive", "/browser_bot_start"),
)
FILES = {"style.css": "text/css", "offer.js": "text/javascript"}
REFUSED = ["/sessions/%0a", "/nowhere", "/sessions"]

CALLS = {
    "forms": ["statuses", {"requests": [["POST", "/login", body, FORM] for body, _ in FORMS]}],
    "places": ["statuses", {"requests": [["POST", place, body, FORM] for place in PLACES for body in TOO_LARGE]}],
    "jsons": ["statuses", {"requests": [["POST", place, json_of(size), headers] for place, headers, size, _ in JSONS]}],
    "parser": ["parser", {}],
    "read": ["forms_read", {"bodies": list(READ)}],
    "methods": [
        "statuses",
        {"requests": [[method, place, NO_BODY, {}] for method in METHODS for place in ("/room/lab", "/favicon.ico", "/login", "/nowhere")]},
    ],
    "head": ["head_and_get", {}],
    "bad targets": gets(BAD_TARGETS),
    "good targets": gets(GOOD_TARGETS),
    "bad hosts": ["statuses", {"requests": [["GET", "/demo", NO_BODY, {"host": host}] for host in BAD_HOSTS]}],
    "good hosts": ["statuses", {"requests": [["GET", "/demo", NO_BODY, {"host": host}] for host in GOOD_HOSTS]}],
    "addresses": ["headers_of_all_addresses", {}],
    "refused": ["headers_of", {"requests": [["GET", target, "http", "testserver"] for target in REFUSED]}],
    "files": ["headers_of", {"requests": [["GET", f"/static/parimutuel/{name}", "http", "testserver"] for name in FILES]}],
    "cookies": ["headers_of", {"requests": [["GET", "/login", scheme, "testserver"] for scheme in ("http", "https")]}],
    "variable": ["headers_of", {"requests": [["GET", "/login", "http", "testserver"]], "variables": {"EXPERIMENT_HTTPS": "1"}}],
    "variable off": ["headers_of", {"requests": [["GET", "/login", "http", "testserver"]], "variables": {"EXPERIMENT_HTTPS": "0"}}],
    "redirections": [
        "headers_of",
        {"requests": [["GET", "/sessions", "http", "evil.example"], ["GET", "//evil.example/", "http", "testserver"]]},
    ],
    "delay": ["delay_without_the_lock", {}],
    "alive": ["alive_while_locked", {}],
    "ten": ["attempts", {"tried": [[STRANGER, f"wrong{number}"] for number in range(MOST)] + [[STRANGER, PASSWORD], [ADMIN, PASSWORD]]}],
    "later": ["attempts", {"tried": [[STRANGER, PASSWORD[:-1]]] * MOST, "seconds_later": 61}],
    "at once": ["attempts_at_once", {"count": 3 * MOST}],
    "network": [
        "attempts",
        {"tried": [[f"2001:db8::{number:x}", "wrong"] for number in range(MOST + 1)] + [["2001:db8:0:1::1", PASSWORD]]},
    ],
    "log": [
        "attempts",
        {"tried": [["2001:db8::1", "a-secret\nINFO: forged"], ["evil\nINFO: forged", "another"], ["203.0.113.9:4711", "third"]]},
    ],
    "known": ["known_browser", {"wrong": MOST}],
    "keys": ["rest_keys", {"keys": ["guessed"] * 12 + ["", KEY["otree-rest-key"]]}],
    "logged": [
        "logged",
        {"messages": [["%s - %s", ["/x\nINFO: forged", "\x1b[31mred\r\n\u2028INFO: forged"]], ["plain\nINFO: forged", []], ["end\n", []]]},
    ],
}


@pytest.fixture(scope="module")
def seen(project):
    return play(project, "in_turn", script="scenes_requests.py", boot="scenes_requests", calls=CALLS)


def statuses(answers):
    return [status for status, _, _ in answers]


def test_a_form_beyond_the_limits_is_refused_wherever_it_is_sent(seen):
    assert statuses(seen["forms"]) == [status for _, status in FORMS]
    assert all(text.endswith(".") and "\n" not in text for status, text, _ in seen["forms"] if status == 413)
    assert set(statuses(seen["places"])) == {413}


def test_more_than_a_form_is_read_of_json_with_the_rest_key_only(seen):
    assert statuses(seen["jsons"]) == [status for *_, status in JSONS]


def test_forms_are_read_by_a_parser_that_takes_no_quadratic_time_and_as_browsers_write_them(seen):
    assert seen["parser"] == "otree_host.form_parser"
    assert seen["read"] == list(READ.values())


def test_another_method_than_get_head_and_post_is_not_allowed(seen):
    assert {(status, allow) for status, _, allow in seen["methods"]} == {(405, "GET, HEAD, POST")}


def test_head_is_answered_like_get(seen):
    assert [head for _, head, _ in seen["head"]] == [get for _, _, get in seen["head"]] == [200, 307, 200, 200, 200, 302, 404]


def test_no_path_leads_up_and_no_address_has_a_control_character(seen):
    assert dict(zip(BAD_TARGETS, statuses(seen["bad targets"]), strict=True)) == dict.fromkeys(BAD_TARGETS, 400)
    assert dict(zip(GOOD_TARGETS, statuses(seen["good targets"]), strict=True)) == GOOD_TARGETS


def test_a_host_that_is_no_name_is_refused(seen):
    assert statuses(seen["bad hosts"]) == [400] * len(BAD_HOSTS)
    assert statuses(seen["good hosts"]) == [302] * len(GOOD_HOSTS)


def test_no_page_but_a_subjects_is_kept_and_none_but_subjects_pages_may_be_framed_by_another_site(seen):
    found = seen["addresses"]
    for path, (_, headers) in found.items():
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "same-origin", path
        if not path.startswith(FRAMABLE):
            assert headers["cache-control"] == "no-store", path
        policy = headers["content-security-policy"]
        assert {"base-uri 'self'", "form-action 'self'", "object-src 'none'"} <= set(policy.split("; ")), path
        framable = path.startswith(FRAMABLE)
        assert ("frame-ancestors 'self'" not in policy) is framable, path
        assert ("x-frame-options" not in headers) is framable, path
    behind = {path for path, (shut, _) in found.items() if shut}
    assert {"/sessions", "/AdminReport/{code}", "/PaySheet/{code}", "/ExportWide", "/api/sessions"} <= behind


def test_refusals_and_files_carry_the_headers_too_and_files_may_be_kept(seen):
    kept = {(headers["x-content-type-options"], headers["x-frame-options"], headers["cache-control"]) for headers in seen["refused"]}
    assert kept == {("nosniff", "SAMEORIGIN", "no-store")}
    for (name, kind), file in zip(FILES.items(), seen["files"], strict=True):
        assert file["x-content-type-options"] == "nosniff", name
        assert "cache-control" not in file, name
        assert file["content-type"].partition(";")[0] == kind, "a browser that may not guess takes nothing else for it"


def flags(headers):
    return {flag.strip().lower() for flag in headers["set-cookie"].split(";")}


def test_the_cookie_is_for_https_only_where_the_request_came_by_https_or_the_variable_says_so(seen):
    plain, secure = map(flags, seen["cookies"])
    assert {"httponly", "samesite=lax"} <= plain & secure
    assert ("secure" in plain, "secure" in secure) == (False, True)
    assert ["secure" in flags(seen[name][0]) for name in ("variable", "variable off")] == [True, False]


def test_a_redirection_does_not_repeat_the_host_that_somebody_invented(seen):
    invented, doubled = seen["redirections"]
    assert invented["location"] == "/login"
    assert not doubled.get("location", "").startswith("//")


def test_a_wrong_password_is_answered_slowly_and_holds_up_nobody_else(seen):
    assert seen["delay"] == {"locked": False, "others": 200, "answered": False, "at last": 200}


def test_a_page_learns_that_the_server_can_be_reached_however_busy_it_is(seen):
    assert (seen["alive"]["statuses"], seen["alive"]["others"]) == ([204, 204], False)
    assert seen["alive"]["headers"]["cache-control"] == "no-store"
    assert len(set(seen["alive"]["rest"])) == 1, "anything but asking is as at an address that does not exist"


def test_after_ten_wrong_passwords_an_address_has_to_wait_and_another_has_not(seen):
    assert seen["ten"]["statuses"] == [200] * MOST + [429, 302, 429]
    assert re.fullmatch(r"Too many wrong passwords came from your address\. Try again in \d+ seconds\.", seen["ten"]["texts"][MOST])
    assert 0 < int(seen["ten"]["retry"][MOST]) <= 60


def test_a_minute_later_the_address_may_try_again(seen):
    assert seen["later"]["statuses"] == [200] * (MOST + 1)


def test_passwords_sent_all_at_once_are_no_more(seen):
    assert sorted(seen["at once"]) == [200] * MOST + [429] * 2 * MOST


def test_a_network_of_ipv6_is_one_source(seen):
    assert seen["network"]["statuses"][MOST - 1 : -1] == [200, 429, 302]


def test_a_wrong_password_is_a_line_in_the_log_with_the_address_and_without_the_password(seen):
    lines = [line for line in seen["log"]["log"] if "password" in line]
    sources = "2001:db8::1", "an unknown address", "203.0.113.9", "2001:db8::1"
    assert lines == [f"A wrong password came from {source}." for source in sources]
    assert not [line for line in seen["log"]["log"] for secret in ("a-secret", "another", "third", "forged") if secret in line]


def test_a_browser_that_was_logged_in_is_not_kept_out_by_others_at_its_address(seen):
    assert seen["known"] == [302, 429, 302]


def test_a_wrong_rest_key_is_answered_slowly_and_logged_and_keeps_nobody_out(seen):
    assert seen["keys"]["seen"] == [[403, 1]] * 12 + [[403, 0], [200, 0]]
    assert [line for line in seen["keys"]["log"] if "key" in line.lower()] == [f"A wrong REST key came from {STRANGER}."] * 12


def test_nothing_that_is_logged_begins_a_line_of_its_own(seen):
    lines = seen["logged"]
    assert lines[:3] == ["/x\\nINFO: forged - \\x1b[31mred\\r\\n\\u2028INFO: forged", "plain\\nINFO: forged", "end"]
    assert [line for line in lines[3:] if "forged" in line], "oTree logs the header"
    assert not [line for line in lines if line.startswith("INFO: forged")]
