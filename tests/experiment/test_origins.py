"""A websocket is opened by the server's own pages, whatever the server is called; by no other page."""

import pytest

from experiment.network.origins import is_from_own_page, public_origins


@pytest.mark.parametrize(
    ("origin", "host", "scheme"),
    [
        ("http://localhost:8000", "localhost:8000", "ws"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000", "ws"),
        ("http://192.168.0.7:8000", "192.168.0.7:8000", "ws"),
        ("http://[::1]:8000", "[::1]:8000", "ws"),
        ("http://lab", "lab", "ws"),
        ("http://lab", "lab:80", "ws"),
        ("http://lab:80", "LAB", "ws"),
        ("https://study.example", "study.example", "https"),
        ("https://study.example", "study.example", "ws"),
        ("https://study.example", "study.example:443", "wss"),
        ("https://study.example:8443", "study.example:8443", "https"),
    ],
)
def test_own_pages(origin, host, scheme):
    assert is_from_own_page([origin], [host], scheme)


@pytest.mark.parametrize(
    ("origin", "host", "scheme"),
    [
        ("http://127.0.0.1:9444", "127.0.0.1:8000", "ws"),
        ("http://localhost:8000", "127.0.0.1:8000", "ws"),
        ("https://evil.example", "study.example", "https"),
        ("https://evil.study.example", "study.example", "https"),
        ("https://study.example.evil.example", "study.example", "https"),
        ("http://study.example", "study.example", "https"),
        ("http://study.example", "study.example:443", "ws"),
        ("https://study.example:8443", "study.example", "https"),
        ("https://study.example@evil.example", "study.example", "https"),
        ("https://evil.example#study.example", "study.example", "https"),
        ("https://evil.example/study.example", "study.example", "https"),
        ("null", "study.example", "https"),
        ("file://", "", "ws"),
        ("", "study.example", "ws"),
        ("http://", "", "ws"),
        ("http://lab:99999", "lab:99999", "ws"),
        ("chrome-extension://study.example", "study.example", "ws"),
    ],
)
def test_pages_of_others(origin, host, scheme):
    assert not is_from_own_page([origin], [host], scheme)


def test_a_program_that_is_no_browser_sends_no_origin():
    assert is_from_own_page([], ["127.0.0.1:8000"], "ws")


def test_two_origins_are_none():
    assert not is_from_own_page(["http://lab", "http://lab"], ["lab"], "ws")


def test_behind_a_proxy_any_host_that_it_passes_on_counts_and_so_does_an_address_made_public():
    assert is_from_own_page(["https://study.example"], ["127.0.0.1:8000", " study.example"], "https")
    assert is_from_own_page(["https://study.example"], ["127.0.0.1:8000"], "http", ("https://study.example",))
    assert not is_from_own_page(["http://study.example"], ["127.0.0.1:8000"], "http", ("https://study.example",))


def test_public_addresses_are_read_from_the_variable():
    assert public_origins({}) == ()
    named = {"EXPERIMENT_ORIGINS": "https://study.example, http://lab:8000/ ,"}
    assert public_origins(named) == ("https://study.example", "http://lab:8000/")


@pytest.mark.parametrize("text", ["study.example", "ftp://study.example", "https://study.example/path", "*"])
def test_what_is_no_address_is_refused_with_a_sentence(text):
    with pytest.raises(ValueError, match="EXPERIMENT_ORIGINS has"):
        public_origins({"EXPERIMENT_ORIGINS": text})
