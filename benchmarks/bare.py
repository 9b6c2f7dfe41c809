"""The peer of the load test: an oTree app whose pages are those of a round as constant content,
with oTree's stock wait pages and nothing else.

Its three pages repeat, word for word, those that our app showed a subject, in oTree's own frame.
They are as large as ours and have the same form, deadline, scripts and styles, but nothing has to
be computed for them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

PAGES = ("FirstOffer", "SecondOffer", "Result")
APP = """
import json
from functools import cache
from pathlib import Path

from otree.api import BaseConstants, BaseGroup, BasePlayer, BaseSubsession, Page, WaitPage, models


class C(BaseConstants):
    NAME_IN_URL = __name__
    PLAYERS_PER_GROUP = None
    NUM_ROUNDS = 1


class Subsession(BaseSubsession):
    pass


class Group(BaseGroup):
    gates = models.IntegerField(initial=0)


class Player(BasePlayer):
    stage1_good = models.StringField(blank=True)
    stage1_amount = models.StringField(blank=True)
    stage2_good = models.StringField(blank=True)
    stage2_amount = models.StringField(blank=True)


@cache
def constant(page):
    return json.loads(Path(__name__, f"{page}.json").read_text())


def passed(group):
    group.gates += 1


class FirstOffer(Page):
    form_model = "player"
    form_fields = ["stage1_good", "stage1_amount"]
    timeout_seconds = 900
    js_vars = staticmethod(lambda player: constant("FirstOffer"))


class DrawGate(WaitPage):
    after_all_players_arrive = staticmethod(passed)


class SecondOffer(Page):
    form_model = "player"
    form_fields = ["stage2_good", "stage2_amount"]
    timeout_seconds = 900
    js_vars = staticmethod(lambda player: constant("SecondOffer"))


class MarketGate(WaitPage):
    after_all_players_arrive = staticmethod(passed)


class Result(Page):
    timeout_seconds = 900
    js_vars = staticmethod(lambda player: constant("Result"))


page_sequence = [FirstOffer, DrawGate, SecondOffer, MarketGate, Result]
"""
_TEMPLATE = """{{% extends 'otree/Page.html' %}}
{{% block styles %}}<link rel="stylesheet" href="/static/parimutuel/style.css">{{% endblock %}}
{{% block title %}}{title}{{% endblock %}}
{{% block content %}}{content}{{% endblock %}}
{{% block scripts %}}{scripts}{{% endblock %}}
"""
_PARTS = re.compile(
    r'(?P<where><div class="where">.*?)<h1[^>]*>(?P<title>.*?)</h1>.*?<form class="otree-form".*?</script>(?P<content>.*?)</form>'
    r'.*?back_button\.js"></script>(?P<scripts>.*?)</body>',
    re.DOTALL,
)
_KNOWN = re.compile(r"<script>var js_vars = (\{.*?\});</script>", re.DOTALL)


def write_app(project: Path, name: str) -> None:
    """Add the app to a project; its pages are written later, once there is something to copy."""
    (project / name).mkdir()
    (project / name / "__init__.py").write_text(APP)


def write_pages(project: Path, name: str, pages: Mapping[str, str]) -> None:
    """Write the app's pages from the HTML of ours."""
    for page in PAGES:
        found, known = _PARTS.search(pages[page]), _KNOWN.search(pages[page])
        if found is None or known is None or "{{" in found.group() or "{%" in found.group():
            raise ValueError(f"the page {page} no longer has the structure that this benchmark expects")
        parts = {"title": found["title"], "content": found["where"] + found["content"], "scripts": found["scripts"]}
        (project / name / f"{page}.html").write_text(_TEMPLATE.format(**parts), encoding="utf-8")
        (project / name / f"{page}.json").write_text(json.dumps(json.loads(known.group(1))), encoding="utf-8")
