"""The instructions as the server renders them: each number in them follows from the environment file and the session config."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiment.config import DEFAULTS, environment_names, read_settings
from experiment.config_fields import InvalidSettings
from experiment.session_checks import check_settings
from tests.app.instruction_numbers import Expected
from tests.app.played import play
from tests.app.reading import text_of
from tests.economies import random_economy
from tests.sizes import sized
from theory.economy.environment import Environment, read_environment
from theory.economy.text import environment_text
from theory.economy.utility import FAMILIES

SHIPPED = environment_names()
RANDOM = [f"random_{n}" for n in range(sized(small=6, full=20))]
MONEY = {"participation_fee": 5.0, "real_world_currency_per_point": 0.1}
LOBBY = {"lobby_seconds": 60}
VARIANTS: dict[str, dict[str, Any]] = {
    "computed posterior": {"show_posterior": True},
    "no announcement": {"announcement": "none", "beliefs": True, "belief_prize": 2.5},
    "no threat": {"inactive_threat": "none", "shutdown_if_equal": True},
    "one round, inactive kept in the dark": {"rounds": 1, "inactive_see_market": False, "practice_rounds": 1},
    "all rounds paid": {"rounds": 7, "paid_rounds": "all", "payment_floor": 4.0, "payment_cap": 1250.5},
    "matched anew, practice together": {"matching": "random", "rounds": 7, "practice_rounds": 3, "practice_with": "participants"},
    "against the clock": {"stage1_deadline_seconds": 90, "stage2_deadline_seconds": 75, "result_deadline_seconds": 30},
    "lottery without a fee": {"points_pay": "lottery", "lottery_prize": 12.0, "participation_fee": 0.0},
    "lobby": {**LOBBY, "market_size": 8, "min_market_size": 5},
    "lobby for one size": {**LOBBY},
    "lobby, sizes with as many inactive": {**LOBBY, "market_size": 9, "min_market_size": 8},
    "lobby of three numbers of inactive": {**LOBBY, "market_size": 13, "min_market_size": 7},
    "lottery over all rounds": {"points_pay": "lottery", "paid_rounds": "all", "rounds": 7},
    "lottery for the one round": {"points_pay": "lottery", "rounds": 1},
    "in silence unless all are the same": {"announcement": "none", "shutdown_if_equal": True},
    "beliefs against the clock": {"beliefs": True, "stage2_deadline_seconds": 75, "matching": "random"},
    "other market size of grid 2.5": {"offer_grid": 2.5},
}
"""Session configs of small_market, one for every variant that the text knows."""


@dataclass(frozen=True)
class Rendered:
    """The instructions of one session by place and section, each as text; ``expected`` has the numbers."""

    printed: dict[str, str]
    pages: dict[str, str]
    panel: dict[str, str]
    status: int
    document: str
    path: Path
    config: dict[str, Any]
    own_type: str
    whole_pages: list[str]

    def expected(self, own_type: str | None = None) -> dict[str, list[str]]:
        return Expected(self.path, self.config, own_type).sections()


@pytest.fixture(scope="module")
def rendered(own_project: Path) -> dict[str, Rendered]:
    """Every shipped environment, the random ones, and every variant, rendered in one run of the server."""
    project = own_project
    steps = dict.fromkeys(SHIPPED, 0.1)
    for name, (environment, step) in zip(RANDOM, random_environments(len(RANDOM)), strict=True):
        (project / "environments" / f"{name}.toml").write_text(environment_text(replace(environment, name=name)))
        steps[name] = step
    wanted = {name: (name, {"offer_grid": step}) for name, step in steps.items()}
    wanted |= {variant: ("small_market", fields) for variant, fields in VARIANTS.items()}
    sessions = []
    for environment_name, fields in wanted.values():
        path = project / "environments" / f"{environment_name}.toml"
        sessions.append(
            {
                "config": environment_name,
                "participants": Expected(path, DEFAULTS).size,
                "fields": {"instructions": True, "practice_rounds": 2, **fields},
            }
        )
    answers = play(project, "everywhere", script="scenes_instructions.py", sessions=sessions)
    return {
        label: Rendered(
            printed=sections(answer["printed"]),
            pages={name: text for page in answer["pages"] for name, text in sections(page).items()},
            panel=sections(answer["decision"]),
            status=answer["status"],
            document=answer["printed"],
            path=project / "environments" / f"{environment_name}.toml",
            config={**DEFAULTS, **MONEY, **fields},
            own_type=answer["type"],
            whole_pages=answer["pages"],
        )
        for (label, (environment_name, fields)), answer in zip(wanted.items(), answers, strict=True)
    }


def random_environments(count: int) -> list[tuple[Environment, float]]:
    """Economies that can be played, of all families in turn, with odd endowments and 2 to 4 types; and a grid that fits."""
    generator, found = np.random.default_rng(4), []
    while len(found) < count:
        environment = random_economy(generator, FAMILIES[len(found) % len(FAMILIES)]).environment
        step = float(generator.choice([0.05, 0.1, 0.25]))
        q, r = (round(int(generator.integers(20, 400)) * step, 10) for _ in "qr")
        agents = int(generator.integers(2, 15))
        playable = replace(
            environment,
            states=tuple(f"weather {chr(97 + z)}" for z in range(len(environment.states))),
            types=tuple(f"kind {chr(97 + x)}" for x in range(len(environment.types))),
            endowment_q=q,
            endowment_r=r,
            epsilon_q=round(q * float(generator.uniform(0.005, 0.2)), 3),
            epsilon_r=round(r * float(generator.uniform(0.005, 0.2)), 2),
            agents=agents,
            inactive_share=Fraction(int(generator.integers(1, 4)), 10),
            utility=replace(environment.utility, scale=37.5, shift=-3.25, floor=float(generator.choice([0.0, 1.5]))),
        )
        points = playable.utility.points(q, r, playable.utility.weight)
        if len(playable.types) <= 4 and np.isfinite(points).all() and np.abs(points).max() < 1e5 and can_be_run(playable, step):
            found.append((playable, step))
    return found


def can_be_run(environment: Environment, step: float) -> bool:
    try:
        check_settings(read_settings({"environment": "", "offer_grid": step, **MONEY}, environment=environment))
    except InvalidSettings:
        return False
    return True


def sections(document: str) -> dict[str, str]:
    """The text of each section by name, without its title: what is read, and what a screen reader reads for a figure."""
    found = re.findall(
        r'<(section|div) class="instructions"[^>]* data-section="(\w+)">(.*?)(?:</section>|<div class="go">)', document, re.DOTALL
    )
    return {name: text_of(re.sub(r"<h2>.*?</h2>", "", body, count=1) if tag == "section" else body) for tag, name, body in found}


def numbers(text: str) -> list[str]:
    return re.findall(r"[−+]?\d+(?:,\d{3})*(?:\.\d+)?", text)


def words(text: str) -> list[str]:
    return sorted(text.replace("(your type)", "").split())


@pytest.mark.parametrize("session", [*SHIPPED, *RANDOM, *VARIANTS])
def test_every_number_follows_from_the_environment_file(rendered: dict[str, Rendered], session: str) -> None:
    seen = rendered[session]
    assert seen.status == 200
    assert {name: numbers(text) for name, text in seen.printed.items()} == seen.expected()


@pytest.mark.parametrize("session", [*SHIPPED, *RANDOM, *VARIANTS])
def test_pages_say_what_is_printed(rendered: dict[str, Rendered], session: str) -> None:
    assert rendered[session].pages == rendered[session].printed


@pytest.mark.parametrize("session", [name for name in (*SHIPPED, *RANDOM, *VARIANTS) if not name.startswith("lobby")])
def test_the_panel_says_what_is_printed_with_the_own_types_points_first(rendered: dict[str, Rendered], session: str) -> None:
    seen = rendered[session]
    assert {name: words(text) for name, text in seen.panel.items()} == {name: words(text) for name, text in seen.printed.items()}
    assert {name: numbers(text) for name, text in seen.panel.items()} == seen.expected(seen.own_type)
    assert {name: text for name, text in seen.panel.items() if name != "points"} == {
        name: text for name, text in seen.printed.items() if name != "points"
    }


def test_random_environments_have_all_families_and_two_to_four_types() -> None:
    drawn = [environment for environment, _ in random_environments(len(RANDOM))]
    assert {environment.utility.family for environment in drawn} == set(FAMILIES)
    assert {len(environment.types) for environment in drawn} == {2, 3, 4}
    assert len({len(environment.states) for environment in drawn}) > 2
    assert any(not math.isclose(environment.endowment_q, environment.endowment_r) for environment in drawn)


@pytest.mark.parametrize(
    ("variant", "sentence"),
    [
        ("no announcement", "Nobody is told the others' first offers."),
        ("no threat", "In this session nobody becomes inactive"),
        ("no threat", "If all first offers made in your market are the same, there is no second offer"),
        ("one round, inactive kept in the dark", "Inactive participants do not see the histogram."),
        ("one round, inactive kept in the dark", "In practice you trade with computers"),
        ("all rounds paid", "You are paid for the points of all 7 rounds"),
        ("matched anew, practice together", "Before every round that counts, all participants are put into new markets at random."),
        ("beliefs against the clock", "Before every round that counts, all participants are put into new markets at random."),
        ("beliefs against the clock", "You have 75 seconds in total for the second offer and the question just before it."),
        ("matched anew, practice together", "In practice you trade with other participants"),
        ("against the clock", "You have 90 seconds. If you do not submit your offer in time, it does not count"),
        ("against the clock", "If you make no second offer, you do not trade."),
        ("against the clock", "The result is shown for at most 30 seconds. Then the study goes on by itself."),
        ("lottery without a fee", "Your points in one of the 10 rounds that count decide your chance of winning $12.00."),
        ("lottery over all rounds", "The average of your points in all 7 rounds that count decides your chance of winning $10.00."),
        ("lottery over all rounds", "The points of all these rounds count."),
        ("lottery for the one round", "One round counts. Your points in it decide your chance of winning $10.00."),
        ("in silence unless all are the same", "Nobody is told the others' first offers, unless all of them are the same."),
        ("in silence unless all are the same", "But if all first offers made in your market are the same, everyone is told so."),
        ("no announcement", "You can win $2.50 with your answer in one of these rounds"),
        ("lobby", "Your market will have 5 to 8 participants."),
        ("lobby", "In smaller markets the numbers are: 5 to 7 participants: one is inactive"),
        ("lobby, sizes with as many inactive", "In smaller markets the numbers are: 8 participants: 2 are inactive"),
        (
            "lobby of three numbers of inactive",
            "7 participants: one is inactive 8 to 11 participants: 2 are inactive 12 participants: 3 are",
        ),
        ("lobby for one size", "Your market will have 4 participants."),
    ],
)
def test_each_variant_is_told(rendered: dict[str, Rendered], variant: str, sentence: str) -> None:
    assert sentence in " ".join(rendered[variant].printed.values())


def test_states_and_types_come_before_what_goods_are_worth(rendered: dict[str, Rendered]) -> None:
    for seen in rendered.values():
        order = list(seen.printed)
        assert order == list(seen.pages) == list(seen.panel)
        assert order[:4] == ["goods", "types", "points", "first"]
        assert "points-grid" not in seen.document.split('data-section="points"')[0]


def test_each_section_has_a_list_or_a_figure_that_is_named(rendered: dict[str, Rendered]) -> None:
    for seen in rendered.values():
        bodies = dict(re.findall(r'data-section="(\w+)">(.*?)</section>', seen.document, re.DOTALL))
        assert set(bodies) == set(seen.printed)
        figured = {name for name, body in bodies.items() if re.search(r'role="img" aria-label="[^"]+"', body)}
        assert figured == set(bodies) - {"goods", "points"}
        assert '<ol class="in-short">' in bodies["goods"]


def test_sections_have_ids_that_a_list_of_contents_can_point_to(rendered: dict[str, Rendered]) -> None:
    for seen in rendered.values():
        assert re.findall(r' id="(.*?)"', seen.document) == [f"rules-{name}" for name in seen.printed]


def test_the_bars_of_the_totals_have_one_scale(rendered: dict[str, Rendered]) -> None:
    """So their lengths are to each other as the totals, whose ratio is the price."""
    for seen in rendered.values():
        figure = seen.document.split('class="totals"')[1].split("</figure>")[0]
        widths = {name: float(width) for name, width in re.findall(r'data-bar="(\w+)" style="width: ([\d.]+)%"', figure)}
        length_q, length_r = (sum(widths[f"{part}_{good}"] for part in ("own", "others", "added")) for good in "qr")
        total_q, total_r = (float(found) for found in re.findall(r'data-out="total_.">([\d.]+)<', seen.document))
        assert max(length_q, length_r) == pytest.approx(100, abs=0.01)
        assert length_r / length_q == pytest.approx(total_r / total_q, rel=0.001 + 0.005 / total_q + 0.005 / total_r)


def test_points_stand_in_a_grid_for_each_type_and_state(rendered: dict[str, Rendered]) -> None:
    for seen in rendered.values():
        env = read_environment(seen.path)
        grids = re.findall(r'<table class="table numbers points-grid">(.*?)</table>', seen.document, re.DOTALL)
        assert len(grids) == len(env.types) * len(env.states)
        for grid in grids:
            assert [len(re.findall(r"<td", row)) for row in grid.split("<tbody>")[1].split("</tr>")[:-1]] == [5] * 5
            assert grid.count('class="no-trade"') == 1


def test_pages_say_how_many_there_are_and_how_long_they_take(rendered: dict[str, Rendered]) -> None:
    for seen in rendered.values():
        count = len(seen.whole_pages)
        for number, page in enumerate(seen.whole_pages, start=1):
            places = re.findall(r"<li (.*?)>", page.split('<nav class="reading"')[1].split("</nav>")[0])
            assert ["current" in place for place in places] == [n == number for n in range(1, count + 1)]
            assert ["read" in place for place in places] == [n < number for n in range(1, count + 1)]
            assert f"Page {number} of {count}, about" in text_of(page)


def test_the_time_to_read_fits_the_length_of_the_text(rendered: dict[str, Rendered]) -> None:
    """Careful readers take about 100 to 200 words a minute, figures and numbers included."""
    for name in SHIPPED:
        seen = rendered[name]
        found = re.search(r"about (\d+) minutes in all", text_of(seen.whole_pages[0]))
        assert found is not None
        prose = sum(len(re.findall(r"[A-Za-z']{2,}", text)) for text in seen.printed.values())
        assert prose / 200 <= int(found[1]) <= prose / 80


def test_only_pages_with_examples_to_try_have_the_script(rendered: dict[str, Rendered]) -> None:
    for seen in rendered.values():
        has_script = {name for name, page in zip(seen.pages, seen.whole_pages, strict=True) if "parimutuel/tries.js" in page}
        has_example = {name for name, page in zip(seen.pages, seen.whole_pages, strict=True) if "data-try" in page}
        assert has_script == has_example >= {"second"}
        assert "tries.js" not in seen.document


def test_instructions_can_be_switched_off_and_remain_at_their_address(project: Path) -> None:
    session = {"config": "small_market", "participants": 4, "fields": {"instructions": False}}
    (answer,) = play(project, "everywhere", script="scenes_instructions.py", sessions=[session])
    assert (answer["pages"], answer["page"], answer["status"]) == ([], "FirstOffer", 200)


def test_the_way_back_leads_to_the_page_before_and_the_first_has_none(project: Path) -> None:
    seen = play(project, "way_back", script="scenes_instructions.py", fields={"announcement": "none", "instructions": True})
    assert [step.removeprefix("Instructions") for step in seen["steps"][:10]] == ["1", "2", "3", "2", "1", "2", "3", "4", "5", "6"]
    assert seen["steps"][10] == "FirstOffer"
    assert not seen["first_has_back"]


def test_the_printed_version_has_an_address_of_its_own_and_tells_no_secret(project: Path) -> None:
    seen = play(project, "addresses", script="scenes_instructions.py")
    assert (seen["known"], seen["unknown"], seen["again"]) == (200, 404, True)
    assert f"/instructions/{seen['code']}" in seen["report"]
    assert '<html lang="en">' in seen["printed"]
    assert not any(code in seen["printed"] for code in seen["participants"])


def test_the_printed_version_is_the_same_whatever_was_drawn(project: Path) -> None:
    sessions = [{"config": "small_market", "participants": 4, "fields": {"seed": seed}} for seed in ("7", "8", "9")]
    seen = play(project, "everywhere", script="scenes_instructions.py", sessions=sessions)
    assert len({answer["printed"] for answer in seen}) == 1
