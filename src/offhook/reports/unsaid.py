"""Finds transcripts that did not become part of the conversation, and quotes texts."""

from collections.abc import Sequence

from offhook.journal.redact import REMOVED, without_speech

__all__ = ["quoted", "unsaid"]


def quoted(text: object) -> str:
    """Return the text in quotation marks. If the text was removed from the journal, return its replacement without
    quotation marks.
    """
    return without_speech(str(text)) if text in REMOVED else f"“{text}”"


def unsaid(heard: Sequence[str], said: str) -> list[int]:
    """Return the indexes of the transcripts in `heard` whose words are not in the message `said`.

    LiveKit joins the final transcripts of one turn into one message, in order. Therefore each word of the message
    belongs to at most one transcript. Redacted transcripts are skipped, because they cannot be compared.
    """
    words = said.casefold().split()
    missing = []
    for position in range(len(heard) - 1, -1, -1):
        if heard[position] in REMOVED:
            continue
        final = heard[position].casefold().split()
        start = _last_match(final, words)
        if start is None:
            missing.append(position)
        else:
            words = words[:start]
    return missing[::-1]


def _last_match(final: Sequence[str], words: Sequence[str]) -> int | None:
    for start in range(len(words) - len(final), -1, -1):
        if words[start : start + len(final)] == final:
            return start
    return None
