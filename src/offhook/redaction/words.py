"""Sets of words."""

__all__ = ["words"]


def words(text: str) -> frozenset[str]:
    """Return the set of the words in the text."""
    return frozenset(text.split())
