"""The limit of open files is raised, in a process of its own: a test must not raise pytest's."""

import subprocess
import sys

import pytest

from experiment.network import descriptors

resource = pytest.importorskip("resource", reason="this system has no such limit")
RAISED = """
import resource
from experiment.network.descriptors import raise_limit
print(raise_limit(), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


def raised(soft, hard):
    begin = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))  # noqa: E731
    done = subprocess.run([sys.executable, "-c", RAISED], preexec_fn=begin, capture_output=True, text=True, check=True)
    return [int(number) for number in done.stdout.split()]


def test_the_limit_is_raised_to_what_the_system_allows():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    allowed = 700 if hard == resource.RLIM_INFINITY else min(700, hard)
    assert raised(allowed // 2, allowed) == [allowed, allowed, allowed]


def test_a_limit_that_is_as_high_as_it_may_be_stays():
    assert raised(300, 300) == [300, 300, 300]


def test_where_it_stays_low_one_sentence_says_so():
    assert descriptors.too_few(1024) == (
        "This system lets the server open only 1024 files, enough for about 224 participants at once: "
        "raise the hard limit to 2628 or more (`ulimit -Hn`) before you serve a larger session."
    )


@pytest.mark.parametrize("files", [None, 2628, 20_000])
def test_where_it_is_high_enough_nothing_is_said(files):
    assert descriptors.too_few(files) is None
