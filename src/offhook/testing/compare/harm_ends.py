"""Finds what ended a line of our agent that is shorter than the same line of LiveKit alone."""

from offhook.testing.compare.harm_facts import SAME, TRANSCRIBED, end
from offhook.testing.compare.played import Line, Played

__all__ = ["ended_by_design", "resumed"]


def ended_by_design(alone: Played, ours: Played, one: Line, other: Line) -> bool:
    """True if our agent's line (`other`) was ended by the agent's code, by the end of the caller's turn, or by a sound
    that also ended the line of LiveKit alone (`one`).
    """
    at = end(ours, other)
    return _by_code(ours, at) or _by_turn(ours, at) or _by_same_sound(ours, end(alone, one), at)


def resumed(ours: Played, ended: float, tail: float) -> float:
    """Return the time at which offhook resumed our agent's line, if offhook had paused it. The pause must begin at
    `ended`, the end of the line's sound, or in the silence (`tail`) after it. If offhook did not pause the line then,
    or did not resume it, return `ended`.

    A resumed line may begin with the rest of this silence, so the caller's words may end the line before it is heard
    again.
    """
    paused = False
    for one in ours.records:
        at = one.at - ours.zero
        if one.name == "PausePlayout":
            paused = ended - SAME <= at <= ended + tail + SAME
        elif one.name == "ResumePlayout" and paused:
            ended, paused = at, False
    return ended


def _by_code(ours: Played, at: float) -> bool:
    """True if a pause of our agent's speech began at this time, and the agent's code ended the speech in this pause."""
    paused = False
    for one in ours.records:
        if one.name == "PlayoutPaused":
            paused = abs(one.at - ours.zero - at) <= SAME
        elif one.name == "PlayoutResumed":
            paused = False
        elif paused and one.name == "SpeechEnded":
            return one.body.get("interrupted") == "code"
    return False


def _by_turn(ours: Played, at: float) -> bool:
    """True if the caller's turn became complete at this time. LiveKit then interrupts a line that the agent began while
    offhook waited for the end of the turn.
    """
    return any(one.name == "TurnCommitted" and abs(one.at - ours.zero - at) <= SAME for one in ours.records)


def _by_same_sound(ours: Played, alone_at: float, ours_at: float) -> bool:
    """True if words or a backchannel of the caller ended both lines. Our agent pauses at the beginning of the sound."""
    return any(
        text and all(first - SAME <= at <= last + TRANSCRIBED for at in (alone_at, ours_at))
        for first, last, text in ours.caller
    )
