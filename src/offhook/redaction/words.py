"""Sets of words."""

__all__ = ["words"]


def words(text: str) -> frozenset[str]:
    """Return the words of the text."""
    return frozenset(text.split())
