"""Everything that touches the private interface of oTree and of the libraries it builds on.
``install()`` activates it.
"""

from otree_host.installing import install

__all__ = ["install"]
