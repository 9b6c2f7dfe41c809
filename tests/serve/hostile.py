"""What an attacker would type and send, drawn from a seed: texts, forms, addresses, headers, bodies, websocket messages."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass

from tests.serve.wire import FORM, Request, encoded, form

MARK = "<fuzz"
"""How all markup in here begins: any of it that is unescaped in an answer has come through."""
ATTRIBUTE = '"fuzzed="'
EVALUATED = "1337fuzz"
"""What a template would make of ``{{ 7*191 }}fuzz``."""
MARKUP = [
    f"{MARK}>",
    f"{MARK} onload=alert(1)><script>alert(1)</script>",
    f"\"'>{MARK}><script src=//evil></script>",
    f"</script>{MARK}>",
    f"</textarea>{MARK}><!--",
    f"1{ATTRIBUTE}1",
    "{{ 7*191 }}fuzz",
    "{{ participant.code }}{% include 'otree/Page.html' %}",
    "{% for x in session.vars %}{{ x }}{% endfor %}",
    f"{{% say %}}{MARK}{{% endsay %}}",
    "${7*191}fuzz",
    "{view.session.config}{0.__class__.__mro__}",
    "javascript:alert('fuzz')",
]
FORMULAS = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    " =1+1",
    "\ufeff=1+1",
    "\u00a0=1",
    "\u200b=1+1",
    "＝1+1",
    "＋1",
    "＠SUM(1)",
    '=HYPERLINK("http://evil","x")',
    '";=1+1',
    "x\n=1+1",
    "DDE",
    "'=1",
    "%0A=1",
]
NUMBERS = [
    "1e400",
    "-1e400",
    "9**9999",
    "-0",
    "-0.0",
    "0",
    "00",
    "nan",
    "NaN",
    "inf",
    "-Infinity",
    "1e5",
    "0x10",
    "1_000",
    "1.",
    ".5",
    "5,5",
    "1,000.5",
    "10.0000000000001",
    "9" * 400,
    "9" * 5000,
    "0." + "0" * 300 + "1",
    "١٢",
    "１０",
    "５",
    "²",
    "Ⅴ",
    "1 0",
    "1\u00a00",
    "--1",
    "2147483648",
    "-1",
    "99999999999999999999",
    "True",
    "null",
    "100",
    "50",
]
BROKEN = [
    "",
    " ",
    "\0",
    "a\0b",
    "\0" * 50,
    "\ud800",
    "x\udfff",
    "\ufffe\uffff",
    "\x1b[31m",
    "\x7f\x80\x9f",
    "\u202eevil",
    "e\u0301" * 30,
    "👩‍👩‍👧‍👦" * 9,
    "\r\nSet-Cookie: x=1",
    "%s%s%n",
    "../../../etc/passwd",
    "..\\..\\",
    "Ω≈ç√",
    "田中さん",
    "q\n",
    "none ",
    "NONE",
    "Q",
]
STATEMENTS = [
    "' OR '1'='1",
    "'; DROP TABLE otree_session; --",
    "1; DELETE FROM otree_participant",
    "\\'; SELECT pg_sleep(9); --",
    '" OR ""="',
    "1 UNION SELECT NULL",
    "$$; COPY x TO PROGRAM 'x'; $$",
    "%' AND 1=1 AND '%'='",
]
KINDS = (MARKUP, FORMULAS, NUMBERS, BROKEN, STATEMENTS)
METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FUZZ", "SCOPE", "__INIT__", "get")
OTREE_FIELDS = ("timeout_happened", "admin_secret_code", "must_fail", "error_fields", "otree_back", "back_button", "csrfmiddlewaretoken")
SMALL, LARGE = 10_000, 200_000


@dataclass
class Enemy:
    """Draws what to send. The same seed draws the same."""

    seed: int | str

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def text(self, longest: int = LARGE) -> str:
        """Something to type into a field."""
        drawn = self._random.choice(self._random.choice(KINDS))
        chance = self._random.random()
        if chance < 0.03:
            return (drawn or "x") * (SMALL // max(len(drawn), 1))
        if chance < 0.035:
            return ("<" if drawn else "&") * longest
        if chance < 0.15:
            return drawn + self._random.choice(self._random.choice(KINDS))
        if chance < 0.25:
            return "".join(chr(self._random.randrange(1, 0x3000)) for _ in range(self._random.randrange(1, 60)))
        return drawn

    def form_of(self, honest: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """A form like an honest one, spoilt: other values, fields twice or left out, fields that are oTree's, fields nobody asked for."""
        fields = [(name, self.text() if self._random.random() < 0.6 else value) for name, value in honest]
        if fields and self._random.random() < 0.15:
            fields.append((self._random.choice(fields)[0], self.text()))
        if fields and self._random.random() < 0.1:
            fields.pop(self._random.randrange(len(fields)))
        if self._random.random() < 0.25:
            fields.append((self._random.choice(OTREE_FIELDS), self._random.choice(["1", "True", self.text()])))
        if self._random.random() < 0.1:
            fields.append((self.text(100), self.text()))
        self._random.shuffle(fields)
        return fields

    def post(self, target: str, honest: Sequence[tuple[str, str]]) -> Request:
        """An answer to a page: mostly a form, sometimes JSON, a file, a broken form in parts, chunks, no words at all."""
        body, chance = form(self.form_of(honest)), self._random.random()
        if chance < 0.86:
            return Request("POST", target, (FORM,), body)
        if chance < 0.90:
            return Request(
                "POST", target, (FORM, *self._headers()), body, chunk=self._random.choice([1, 7, 4000]) if len(body) < SMALL else 4000
            )
        return self.odd_body("POST", target)

    def odd_body(self, method: str, target: str) -> Request:
        """A body that is not a form, or that declares the wrong content type."""
        pieces = f'--x\r\nContent-Disposition: form-data; name="stage1_amount"; filename="a"\r\n\r\n{MARK}>\r\n--x--\r\n'.encode()
        slow = 'application/x-www-form-urlencoded; !="' + "\\" * 60
        bodies = [
            ("multipart/form-data; boundary=x", pieces),
            ("multipart/form-data; boundary=x", pieces[:-9]),
            ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--"),
            ("multipart/form-data", pieces),
            ("Multipart/Form-Data; boundary=", b""),
            ("multipart/form-data; boundary=x", b"\0" * 99),
            ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: x; !="' + b"\\" * 60 + b"\r\n\r\n1\r\n--x--\r\n"),
            (slow, b"a=1"),
            ("application/json", self.json().encode()),
            ("application/json", b"[" * SMALL),
            ("text/plain", bytes(self._random.randrange(256) for _ in range(200))),
            (self.header_text(), b"a=1"),
            ("application/x-www-form-urlencoded; charset=utf-7", b"+ADw-fuzz+AD4-=1"),
            ("application/x-www-form-urlencoded", b"%" * 999 + b"&&&===%zz%u1234;" + bytes(range(256))),
            ("application/x-www-form-urlencoded", b"a=1&" * 9000),
        ]
        kind, body = self._random.choice(bodies)
        return Request(method, target, (("Content-Type", kind),), body)

    def json(self) -> str:
        """A message in JSON, of any shape."""
        some: list[object] = [
            None,
            True,
            -1,
            10**30,
            1e308,
            self.text(SMALL),
            [],
            {},
            [self.text(99)],
            {"participant_label": self.text(99)},
        ]
        drawn: object = self._random.choice(some)
        if self._random.random() < 0.5:
            keys = ["tab_hidden", "participant_label", "session_config", "body", "nickname_signed", "leave", "app_name", self.text(50)]
            drawn = {self._random.choice(keys): drawn, self._random.choice(keys): self._random.choice(some)}
        return json.dumps(drawn).replace("1e+308", "1e999")

    def query(self, names: Sequence[str]) -> str:
        """What follows an address: some of these names, with anything for a value."""
        drawn = [(self._random.choice(names), self.text(SMALL)[:3000]) for _ in range(self._random.randrange(4))]
        return "?" + "&".join(f"{encoded(name)}={encoded(value)}" for name, value in drawn) if drawn else ""

    def visit(self, address: str, names: Sequence[str]) -> Request:
        """An address with ``*`` in place of what it names, asked for in some way."""
        target = "".join(encoded(self.text(SMALL)[:500]) if piece == "*" else piece for piece in _pieces(address))
        method = self._random.choice(METHODS) if self._random.random() < 0.4 else "GET"
        target += self.query(names)
        if method in ("POST", "PUT", "PATCH") and self._random.random() < 0.7:
            return self.odd_body(method, target)
        return Request(method, target, self._headers() if self._random.random() < 0.4 else ())

    def header_text(self) -> str:
        """A value of a header, on one line."""
        return self.text(SMALL)[:2000].replace("\r", " ").replace("\n", " ").replace("\0", " ")

    def choice(self, among: Sequence[str]) -> str:
        return self._random.choice(among)

    def _headers(self) -> tuple[tuple[str, str], ...]:
        names = (
            "Cookie",
            "Cookie",
            "User-Agent",
            "Referer",
            "Accept",
            "Accept-Language",
            "X-Forwarded-For",
            "X-Request-ID",
            "otree-rest-key",
        )
        names += ("Authorization", "Range", "If-Modified-Since", "Content-Type", "X-Fuzz", "Origin", "Connection")
        cookies = (
            "session=abc",
            "session=a.b.c",
            "session=null",
            "session=",
            f"session={encoded(self.text(99))}",
            "otree_auth=1; session=eyJ9.x.y",
        )
        name = self._random.choice(names)
        return ((name, self._random.choice(cookies) if name == "Cookie" else self.header_text()),)


def _pieces(address: str) -> list[str]:
    """``/room/*`` as its fixed parts and its places."""
    parts = address.split("*")
    return [piece for part in parts for piece in (part, "*")][:-1]
