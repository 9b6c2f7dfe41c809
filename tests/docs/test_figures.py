"""The figures of ``docs/paper.md`` are what the program draws today, each is shown there, and what they show is so."""

from __future__ import annotations

import re
from functools import cache
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from docs import figures

NUMBER = r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?"


SLOW = ("theorem-2",)
SOME = tuple(pytest.param(name, marks=pytest.mark.full) if name in SLOW else name for name in figures.FIGURES)
"""All figures; a small run leaves out one whose numbers ``tests/theory/test_semipooling.py`` has too."""


@cache
def drawn(name: str) -> Canvas:
    return figures.drawn(name)


def panels(name: str) -> list[Axes]:
    return drawn(name).axes


def parts(svg: str) -> tuple[list[str], np.ndarray]:
    """What stands between the numbers of a figure, and the numbers. Names made from them are left out."""
    plain = re.sub(r'(id="|#)([a-zA-Z]+)[0-9a-f]{10}', r"\1\2", svg)
    return re.split(NUMBER, plain), np.array(re.findall(NUMBER, plain), float)


@pytest.mark.parametrize("name", SOME)
def test_what_is_in_the_folder_is_what_is_drawn(name):
    kept = (figures.IMAGES / f"{name}.svg").read_text(encoding="utf-8")
    ElementTree.fromstring(kept)
    (words, numbers), (words_now, numbers_now) = parts(kept), parts(figures.svg(drawn(name)))
    assert words == words_now
    np.testing.assert_allclose(numbers, numbers_now, atol=0.05)


@pytest.mark.parametrize("name", figures.FIGURES)
def test_every_figure_stands_in_the_walk_through_the_paper_with_words_for_who_cannot_see_it(name):
    page = "library.md" if name == "price-of-types" else "paper.md"
    text = (figures.PROJECT / "docs" / page).read_text(encoding="utf-8")
    assert re.search(rf"!\[[^\]]{{30,}}\]\(images/{name}\.svg\)", text)


def test_the_same_numbers_give_the_same_bytes():
    once, again = (figures.svg(figures.drawn("stage1-intervals")) for _ in range(2))
    assert once == again


def lines(panel) -> list[tuple[np.ndarray, np.ndarray]]:
    return [
        (np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)) for line in panel.lines if line.get_marker() != "None"
    ]


def test_with_the_state_known_m_times_the_distance_settles_within_1_percent_for_every_family():
    found = lines(panels("proposition-2")[0])
    assert len(found) == 4
    for sizes, scaled in found:
        ten_thousand, hundred_thousand = (scaled[sizes == size][0] for size in (10_000, 100_000))
        assert ten_thousand == pytest.approx(hundred_thousand, rel=0.01)


def test_with_the_state_inferred_the_distance_falls_to_zero_for_every_family():
    found = lines(panels("proposition-2")[1])
    assert len(found) == 4
    for _, distance in found:
        assert (np.diff(distance) < 0).all()
        assert distance[-1] < 1e-4


def test_gains_vanish_like_one_over_n_while_the_loss_stays():
    (agents, gain), (_, together) = (lines(panel)[0] for panel in panels("theorem-1"))
    assert gain[-1] * agents[-1] == pytest.approx(gain[-2] * agents[-2], rel=0.02)
    assert gain[-1] < gain[0] / 10
    assert together[-1] < 0 < together[0]


@pytest.mark.full
def test_semipooling_offers_approach_the_competitive_ones():
    for _, distance in lines(panels("theorem-2")[1]):
        assert distance[-1] < distance[0] / 5


def test_waste_and_distance_fall_to_a_floor_that_eta_and_epsilon_set():
    wasted, distance = ([y for _, y in lines(panel)] for panel in panels("corollary"))
    assert [y[-1] for y in wasted] == sorted((y[-1] for y in wasted), reverse=True)
    assert wasted[-1][-1] < 1e-7
    assert wasted[0][-1] > 1e-3
    assert [y[-1] for y in distance] == sorted((y[-1] for y in distance), reverse=True)
