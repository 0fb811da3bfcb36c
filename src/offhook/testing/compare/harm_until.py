"""Finds the time at which the two runs of a served call can no longer be compared, because by design the agents are in
different states.
"""

import math
from itertools import zip_longest

from offhook.testing.compare.differ import compared_until
from offhook.testing.compare.harm_facts import (
    BACKCHANNEL,
    SAME,
    last_words,
    lost_alone,
    reached,
    spoken,
    typed_into_last_line,
)
from offhook.testing.compare.model import FIELD, Request
from offhook.testing.compare.played import Played
from offhook.testing.compare.spec import CallSpec, ToolKind

__all__ = ["judged_until"]

_MOVES: tuple[ToolKind, ...] = ("handoff", "update_agent", "task", "task_group", "interrupts")
"""After a tool of these kinds, another agent or a task has the call, or the agent's speeches are interrupted.
`_kept_tool_at` adds the tool `write_down`, which ends a task.
"""


def judged_until(spec: CallSpec, alone: Played, ours: Played) -> float:
    """Return the time at which the comparison stops. Differences by design can make this time earlier than
    `compared_until`.
    """
    return min(
        compared_until(spec, alone, ours),
        _backchannel_tool_at(alone),
        _kept_tool_at(spec, alone, ours),
        _spared_tool_at(alone, ours),
        _other_turns_at(spec, alone, ours),
        _typed_at(spec, alone, ours),
        _interrupted_at(spec, alone, ours),
    )


def _backchannel_tool_at(played: Played) -> float:
    """Return the time of the first tool call that the model made because of a backchannel; infinity if there is none.

    After such a tool call, the agent with LiveKit alone is in another state than our agent, which does not answer
    backchannels.
    """
    for at, _ in played.tools:
        asked = _asked_for(played, at)
        if asked is not None and last_words(asked) == BACKCHANNEL:
            return asked.at
    return math.inf


def _kept_tool_at(spec: CallSpec, alone: Played, ours: Played) -> float:
    """Return the time of our first call of a tool in `moves` that follows words which LiveKit alone lost; infinity if
    there is none.
    """
    moves = {FIELD, *(f"{tool.name}()" for tool in spec.tools if tool.kind in _MOVES)}
    for at, name in ours.tools:
        asked = _asked_for(ours, at)
        said = [text for _, _, text in spoken(ours) if asked is not None and text in last_words(asked)]
        if name in moves and said and all(lost_alone(spec, alone, ours, text) for text in said):
            return at
    return math.inf


def _spared_tool_at(alone: Played, ours: Played) -> float:
    """Return the time of our first tool call that LiveKit alone did not make, because a backchannel ended LiveKit's
    answer before the tool call; infinity if there is none.

    A backchannel ended the answer if, with LiveKit alone, it is the caller's last message in the next request.
    """
    for at, name in ours.tools:
        asked = _asked_for(ours, at)
        words = last_words(asked) if asked is not None else BACKCHANNEL
        since = max((one.at for one in alone.requests if last_words(one) == words), default=math.inf)
        after = next((one for one in alone.requests if one.at > since), None)
        ended = words != BACKCHANNEL and after is not None and last_words(after) == BACKCHANNEL
        if (
            after is not None
            and ended
            and not any(name == tool and since <= when <= after.at for when, tool in alone.tools)
        ):
            return at
    return math.inf


def _other_turns_at(spec: CallSpec, alone: Played, ours: Played) -> float:
    """Return the time from which the agents count the caller's turns differently by design; infinity if they do not.

    From then on, a hook that acts only in every n-th turn acts in different turns. The counts differ if LiveKit alone
    took a backchannel for a turn, if LiveKit alone lost words, or if our agent waited and got two turns as one.
    """
    if spec.hook.kind == "none" or spec.hook.every == 1:
        return math.inf
    for one, other in zip_longest(alone.turns, ours.turns, fillvalue=(math.inf, "")):
        if one[1] != other[1]:
            kept = bool(other[1]) and not reached(spec, alone, other[1])
            joined = bool(one[1]) and other[1].startswith(one[1])
            return min(one[0], other[0]) if one[1] == BACKCHANNEL or kept or joined else math.inf
    return math.inf


def _interrupted_at(spec: CallSpec, alone: Played, ours: Played) -> float:
    """Return the first time at which a tool interrupted an answer that was audible with LiveKit alone, but not yet with
    our agent; infinity if there is none.

    Our agent may wait longer at the end of the turn, and then begins to answer later.
    """
    cut = _times(ours, "SpeechEnded", interrupted="code")
    for tool in (one for one in spec.tools if one.kind == "interrupts"):
        for one, other in zip(_ended(alone, tool.name), _ended(ours, tool.name), strict=False):
            by_tool = any(abs(at - other) <= SAME for at in cut)
            if by_tool and _speaks(alone, one) and not _speaks(ours, other):
                return min(one, other)
    return math.inf


def _ended(played: Played, tool: str) -> list[float]:
    """Return the times at which the runs of this tool ended."""
    runs = [one.body["id"] for one in played.records if one.name == "ToolStarted" and one.body["name"] == tool]
    return [at for run in runs for at in _times(played, "ToolEnded", id=run)]


def _speaks(played: Played, at: float) -> bool:
    """True if the agent's audio is played at this time, or ended just before."""
    return any(began <= at <= ended + SAME for began, ended in played.sound)


def _typed_at(spec: CallSpec, alone: Played, ours: Played) -> float:
    """Return the time of the first typed text that ended our agent's last line before a handoff, and that LiveKit alone
    answered; infinity if there is none.

    With LiveKit alone, the text came after this line.
    """
    typed = (one for one in ours.caller if one[0] == one[1] and reached(spec, alone, one[2], answered=True))
    return min((at for at, _, text in typed if typed_into_last_line(ours, text)), default=math.inf)


def _times(played: Played, name: str, **body: object) -> list[float]:
    """Return the times of the records with this name and these values."""
    named = (one for one in played.records if one.name == name)
    return [one.at - played.zero for one in named if body.items() <= one.body.items()]


def _asked_for(played: Played, at: float) -> Request | None:
    """Return the last request to the model before this tool call."""
    return next((one for one in reversed(played.requests) if one.at <= at + SAME), None)
