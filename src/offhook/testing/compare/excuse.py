"""Checks decisions of the dead-air policy: only a real fault or a real delay justifies a decision."""

import math

from offhook.core.dead_air import DeadAir
from offhook.core.record import Record
from offhook.policies.answer.no_match import NO_MATCH
from offhook.testing.compare.harm_facts import BACKCHANNEL, last_words
from offhook.testing.compare.played import Played
from offhook.testing.compare.spec import CallSpec

__all__ = ["due", "excused", "no_match", "unanswered"]

_BUDGET = DeadAir().filler - 0.1
_WORK = 1.2
"""With an endpointing delay of 2 s or more, a filler is justified only if the agent's code or model works for this many
seconds without a break.
"""
_BREAK = 0.2
_TIE = 0.05
"""Words of the caller that end at most this many seconds before a filler do not make the filler wrong, because the
words and the filler count as simultaneous.
"""
_HUNG = DeadAir().tool - 0.1
_LONG = 5.0
_RECENT = 3.0
"""A maximum time in seconds, with two uses.

A sound has a transcript if a transcript came during the sound, or at most this long after its end.

A tool call belongs to the answer to the caller's last words if it began after the model got these words. If the model
did not get them, or if they are only "mhm", the tool call may begin up to this long before their end.
"""
_VOICED = DeadAir().min_speech


def excused(spec: CallSpec, ours: Played, at: float) -> bool:
    """True if a filler was justified: the agent's code or model was working, and the caller had waited long enough.

    With manual turn detection, the session gets the caller's words only when the agent's code ends the turn. Until
    then, the words do not start the waiting time again.
    """
    if not any(began <= at <= ended + _BREAK for began, ended in ours.busy):
        return False
    spoke = [
        ended
        for began, ended, text in ours.caller
        if text and ended < at - _TIE and _known(spec, ours, began, ended, at) and not _typed_later(ours, began, ended)
    ]
    sound = [min(ended, at) for began, ended in ours.sound if began < at - _BREAK]
    since = max([*spoke, *sound], default=0.0)
    return at - since >= _BUDGET and (spec.min_delay < 2 or _work(ours, at) >= _WORK)


def _known(spec: CallSpec, ours: Played, began: float, ended: float, at: float) -> bool:
    """True if the session could already have this text of the caller at this time. A typed text, which begins and ends
    at the same time, is known at once.
    """
    return spec.detection != "manual" or ended == began or _transcribed(ours, began, at)


def _typed_later(ours: Played, began: float, ended: float) -> bool:
    """True if the caller typed this text soon after spoken words, before our agent began to answer these words. The
    caller already waits for the answer to these words, so the text does not start the waiting time again.
    """
    words = [last for first, last, text in ours.caller if text and first < last <= began < last + _BUDGET]
    return began == ended and any(not any(last < start < began for start, _ in ours.sound) for last in words)


def _work(ours: Played, at: float) -> float:
    """Return the seconds of uninterrupted work around this time."""
    first, last = at, at
    for began, ended in sorted(ours.busy, reverse=True):
        if began <= last + _BREAK and ended >= first - _BREAK:
            first, last = min(first, began), max(last, ended)
    return last - first


def no_match(record: Record) -> bool:
    """True if the decision reacts to a no-match: speech without a transcript."""
    return f"{NO_MATCH}: " in str(record.body.get("why"))


def due(ours: Played, at: float, is_no_match: bool) -> bool:
    """True if a decision at this time reacts to a real fault.

    For a no-match, the fault is a sound of the caller without a transcript. For another decision, the fault is agent
    code that hung or raised.
    """
    if is_no_match:
        long = [(began, ended) for began, ended, _ in ours.caller if ended - began >= _VOICED and began <= at]
        return any(not _understood(ours, began, ended) for began, ended in long)
    return _hung(ours, at) or any(raised <= at for raised in ours.raised)


def _understood(ours: Played, began: float, ended: float) -> bool:
    """True if the session received a transcript of this sound. Words during a handoff may get no transcript; a reaction
    to them is then justified.
    """
    return _transcribed(ours, began, ended + _RECENT)


def _transcribed(ours: Played, began: float, until: float) -> bool:
    """True if the session received a transcript between these times."""
    heard = (one.at - ours.zero for one in ours.records if one.name == "TranscriptReceived" and one.body.get("text"))
    return any(began <= at <= until for at in heard)


def unanswered(spec: CallSpec, alone: Played, at: float) -> bool:
    """True if, with LiveKit alone, the caller waits in vain at this time. Either no answer comes for 5 s, or the
    answer's tools have ended and no answer comes before the caller's next words. False if the agent's code has declined
    to answer.
    """
    words = [one for one in alone.caller if one[2]]
    began, spoke, text = max(
        (one for one in words if one[1] <= at), key=lambda one: one[1], default=(math.inf, math.inf, "")
    )
    following = min((one for one in words if one[1] > at), key=lambda one: one[1], default=(math.inf, math.inf, ""))
    heard = min((start for start, ended in alone.sound if ended > spoke), default=math.inf)
    mhm, recent = text == BACKCHANNEL, spoke - _RECENT
    asked = (one.at for one in alone.requests if one.at >= began and text in last_words(one) and not mhm)
    since = min(asked, default=recent)
    called = {what.partition("(")[0]: when for when, what in alone.tools if since <= when <= at}
    tools = [tool for tool in spec.tools if tool.name in called]
    left = bool(tools) and not _works(alone, at, following[0]) and heard >= following[0]
    waited = at - spoke >= _BUDGET and (left or min(heard, alone.seconds) - spoke >= _LONG)
    stopped = any((recent if mhm else spoke) <= when < following[1] for when in alone.stopped)
    acted = {tool.kind for tool in tools if called[tool.name] + tool.seconds <= at}
    declined = stopped or bool(acted & {"stop_response", "interrupts"})
    silenced = "empty" in (spec.llm_node, spec.tts_node)
    return waited and not declined and (bool(tools) or not silenced)


def _works(played: Played, since: float, until: float) -> bool:
    """True if the agent's code or model works between these times."""
    return any(began < until and ended > since for began, ended in played.busy)


def _hung(ours: Played, at: float) -> bool:
    return any(began + _HUNG <= at <= ended + 30 for began, ended in ours.busy if ended - began >= _HUNG)
