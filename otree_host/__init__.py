"""Everything that touches the private interface of oTree, and of the libraries below it. ``install()`` puts it in place."""

from otree_host.installing import install

__all__ = ["install"]
