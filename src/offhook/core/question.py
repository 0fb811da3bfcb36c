"""Detects that the agent has just asked a question, after which "yes" and "okay" are answers, not backchannels."""

__all__ = ["just_asked"]

QUESTION_MARKS = "?\uff1f\u061f"
"""The ASCII, the full-width and the Arabic question mark."""
BEFORE = 80
"""A question counts if it ended at most this many characters (about 5 seconds of speech) before the playout position.
The caller may still answer such a question.
"""
AFTER = 30
"""A question counts if it ends at most this many characters (about 2 seconds of speech) after the playout position.
Callers may answer a question before its end.
"""


def just_asked(text: str, played: float, seconds: float) -> bool:
    """True if a question ends near the current playout position in `text`.

    `played`: seconds of the text that were played. `seconds`: the length of the text's audio so far; 0 if the length is
    not known.
    """
    if seconds <= 0:
        return any(mark in text for mark in QUESTION_MARKS)
    at = round(len(text) * min(1.0, played / seconds))
    near = text[max(0, at - BEFORE) : at + AFTER]
    return any(mark in near for mark in QUESTION_MARKS)
