"""How many examples of Hypothesis a test tries: a fifth in the quick tests, all of them in the thorough ones."""

from hypothesis import settings

__all__ = ["examples"]

THOROUGH = 100
"""The examples of a test without settings of its own, in the profile `thorough`."""


def examples(thorough: int) -> int:
    """The number for the current profile, for a test that tries `thorough` examples in the profile `thorough`."""
    return max(5, thorough * settings().max_examples // THOROUGH)
