"""Eq. (29) and (30): what signals tell about the state and about the types behind them, against enumeration by hand."""

from __future__ import annotations

from itertools import product
from math import prod

import numpy as np
import pytest

from tests.economies import asymmetric_environment, make_environment, unchecked
from theory.information.beliefs import ImpossibleConfiguration, posterior
from theory.information.signals import InvalidSignals, Partition, others_types, partition_of, public_posterior, signal_posterior

ENV = asymmetric_environment("cobb-douglas-log")
PAIRED = Partition(((0,), (1, 2)))


def by_hand(env, partition, signals, own=None):
    """P[z | signals, own type], and P[counts | z, signals], from all sequences of types that send these signals."""
    cells = [cell for cell, n in zip(partition.cells, signals, strict=True) for _ in range(n)]
    weight, behind = np.zeros(len(env.states)), [{} for _ in env.states]
    for z in range(len(env.states)):
        start = env.prior[z] * (1 if own is None else env.likelihood[z, own])
        total = 0.0
        for types in product(*cells):
            chance = prod(env.likelihood[z, y] for y in types)
            total += chance
            counts = tuple(types.count(y) for y in range(len(env.types)))
            behind[z][counts] = behind[z].get(counts, 0.0) + chance
        weight[z] = start * total
        behind[z] = {counts: chance / total for counts, chance in behind[z].items() if total > 0}
    return weight / weight.sum(), behind


@pytest.mark.parametrize("own", [0, 1, 2])
def test_eq_29_is_bayes_rule_from_the_own_type_and_the_others_signals(own):
    found = signal_posterior(ENV, PAIRED, [2, 3], own)
    assert found == pytest.approx(by_hand(ENV, PAIRED, [2, 3], own)[0], rel=1e-12)
    assert public_posterior(ENV, PAIRED, [2, 3]) == pytest.approx(by_hand(ENV, PAIRED, [2, 3])[0], rel=1e-12)


def test_eq_30_is_independent_types_within_each_cell():
    found, by_sequences = others_types(ENV, PAIRED, [2, 4]), by_hand(ENV, PAIRED, [2, 4])[1]
    assert len(found.counts) == 5
    assert found.left_out == 0.0
    for counts, probability in zip(found.counts, found.probability, strict=True):
        assert probability == pytest.approx([behind[tuple(counts)] for behind in by_sequences], rel=1e-12)


def test_signals_of_single_types_are_a_type_configuration():
    separate = Partition(((0,), (1,), (2,)))
    found = others_types(ENV, separate, [2, 3, 1])
    assert found.counts.tolist() == [[2, 3, 1]]
    assert found.probability.tolist() == [[1.0, 1.0]]
    assert public_posterior(ENV, separate, [2, 3, 1]) == pytest.approx(posterior(ENV, [[2, 3, 1]])[0], rel=1e-14)


def test_one_signal_for_all_tells_nothing_but_the_own_type():
    together = Partition(((0, 1, 2),))
    assert public_posterior(ENV, together, [9]) == pytest.approx(ENV.prior, rel=1e-14)


def test_many_configurations_leave_out_no_more_than_they_say():
    together = Partition(((0, 1, 2),))
    found = others_types(ENV, together, [300])
    missing = 1 - found.probability.sum(axis=0)
    assert len(found.counts) < 45_000
    assert 0 < found.left_out < 1e-11
    assert (missing <= found.left_out + 1e-12).all()


def test_a_cell_that_a_state_excludes_rules_the_state_out():
    env = make_environment([[0.2, 0.6], [0.7, 0.3], [0.4, 0.5]], [[1.0, 0.0, 0.0], [0.2, 0.4, 0.4]])
    assert public_posterior(env, PAIRED, [3, 1]).tolist() == [0.0, 1.0]
    assert others_types(env, PAIRED, [3, 1]).probability[:, 0].tolist() == [0.0, 0.0]
    never = unchecked(make_environment([[0.5], [0.4]], [[0.5, 0.5]]), likelihood=np.array([[1.0, 0.0]]))
    with pytest.raises(ImpossibleConfiguration, match="probability zero in every state"):
        signal_posterior(never, Partition(((0,), (1,))), [2, 1], 0)


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ([["t0"], ["t1"]], "leaves out t2"),
        ([["t0"], ["t1", "t2", "t0"]], "names t0 twice"),
        ([["t0"], ["t1", "t9"]], "names 't9'"),
        ([["t0", "t1", "t2"], []], "empty cell"),
    ],
)
def test_what_is_no_partition_gets_a_sentence(cells, sentence):
    with pytest.raises(InvalidSignals, match=sentence):
        partition_of(ENV, cells)


def test_too_many_configurations_are_refused():
    env = make_environment([[0.1 * i] for i in range(1, 7)], [[1 / 6] * 6])
    with pytest.raises(InvalidSignals, match="type configurations; up to"):
        others_types(env, Partition((tuple(range(6)),)), [200])
