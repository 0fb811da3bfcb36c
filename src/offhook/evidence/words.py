"""Which of the words we heard became part of the conversation."""

from collections.abc import Sequence

__all__ = ["unsaid"]


def unsaid(heard: Sequence[str], said: str) -> list[int]:
    """The positions in `heard` whose words are not in `said`.

    LiveKit joins the finals of one turn to one message, in order; each word of it accounts for one that was heard.
    """
    words = said.casefold().split()
    missing = []
    for position in range(len(heard) - 1, -1, -1):
        wanted = heard[position].casefold().split()
        start = _last(wanted, words)
        if start is None:
            missing.append(position)
        else:
            words = words[:start]
    return missing[::-1]


def _last(wanted: Sequence[str], words: Sequence[str]) -> int | None:
    for start in range(len(words) - len(wanted), -1, -1):
        if words[start : start + len(wanted)] == wanted:
            return start
    return None
