"""Finds our agent's requests about tool results for which LiveKit alone makes no separate request.

The caller's words may end a speech whose tool still runs. If the speech's audio is still playing then, LiveKit 1.8.9
waits up to 5 s for the tool. A result after these 5 s gets a separate request. If the audio has ended, LiveKit does not
wait, and loses the result. If the result came before the words, the model gets both together. Our agent pauses its
audio at the caller's first sound, so its audio has not ended when the words come.

If a tool ends after the caller's words, but before the end of the caller's turn, LiveKit makes a request about the
result before the request about the words. Our agent waits longer for the end of the turn, so a tool may end before the
end of the turn with our agent, but after the end of the turn with LiveKit alone. LiveKit alone then makes one request
about the result and the words.
"""

from offhook.testing.compare.harm_facts import BACKCHANNEL, SAME, TRANSCRIBED, spoken
from offhook.testing.compare.model import Request
from offhook.testing.compare.played import Played

__all__ = ["RUNNING", "delivered_later", "kept_result"]

RUNNING = "The tool call is still in progress."
"""LiveKit's output of a tool call that has not ended."""
_RELEASED = "It keeps running in the background, and its result will be delivered to you"
_DELIVERED = "system: New results arrived from background tool calls"
_RESULTS = ("output", "failed")
"""The first word of an item with a tool's result (`model.py`)."""


def kept_result(alone: Played, ours: Played, asked: Request) -> bool:
    """True if our agent asks the model about a tool's result that LiveKit alone lost, or sent to the model only
    together with words of the caller.
    """
    if _dropped(alone, asked) or _in_our_wait(alone, ours, asked):
        return True
    if len(asked.items) < 2 or not asked.items[-1].startswith(_DELIVERED):
        return False
    ended = (one for one in ours.records if one.name == "SpeechEnded" and one.at - ours.zero <= asked.at)
    by_words = any(one.body.get("interrupted") == "turn" for one in ended)
    released = any(_RELEASED in item for item in asked.items)
    return by_words and released and not any(asked.items[-2] in one.items[-2:] for one in alone.requests)


def delivered_later(alone: Played, ours: Played, asked: Request) -> bool:
    """True if LiveKit alone delivers a tool's result with this separate request, because a backchannel ended the speech
    of this tool while the tool ran. Our agent goes on after a backchannel.

    True only if our agent's model also got a result of the tool.
    """
    if len(asked.items) < 2 or not asked.items[-1].startswith(_DELIVERED):
        return False
    name = _name(asked.items[-2])
    heard = [(first, last + TRANSCRIBED) for first, last, text in alone.caller if text == BACKCHANNEL]
    by_backchannel = any(first <= at <= last for at in _cut_at(alone, name) for first, last in heard)
    return by_backchannel and _got(ours, name)


def _in_our_wait(alone: Played, ours: Played, asked: Request) -> bool:
    """True if the request is about the result of a tool that ended while our agent waited for the end of the caller's
    turn. LiveKit alone must have made one request about this result and the caller's words.
    """
    result = asked.items[-1] if asked.items else ""
    ended = any(one.name == "ToolEnded" and abs(one.at - ours.zero - asked.at) <= SAME for one in ours.records)
    said = [(last, text) for _, last, text in spoken(ours) if last <= asked.at]
    if not (ended and said and result.startswith(_result(_name(result)))):
        return False
    last, text = max(said)
    turns = (one.at - ours.zero for one in ours.records if one.name == "TurnCommitted")
    turn = min((at for at in turns if at >= last), default=last)
    together = any(one.items[-2:-1] == (result,) and text in one.items[-1] for one in alone.requests)
    return asked.at < turn and together


def _dropped(alone: Played, asked: Request) -> bool:
    """True if LiveKit alone lost the tool result that the request is about: the caller interrupted the speech of this
    tool while the tool ran, and the model never got a result of the tool.

    With LiveKit alone, a backchannel can interrupt the speech. Our agent goes on after a backchannel.
    """
    result = asked.items[-1] if asked.items else ""
    name = _name(result)
    return result.partition(": ")[0] in _RESULTS and not _got(alone, name) and bool(_cut_at(alone, name))


def _got(played: Played, name: str) -> bool:
    """True if the model got a result of this tool."""
    got = (item for one in played.requests for item in one.items if not item.endswith(RUNNING))
    return any(item.startswith(_result(name)) for item in got)


def _cut_at(played: Played, name: str) -> list[float]:
    """Return the times at which the caller interrupted a speech while this tool ran."""
    runs, times = set[str](), list[float]()
    for one in played.records:
        match one.name:
            case "ToolStarted" if one.body.get("name") == name:
                runs.add(str(one.body["id"]))
            case "ToolEnded":
                runs.discard(str(one.body["id"]))
            case "MessageCommitted" if runs and one.body.get("role") == "assistant" and one.body.get("interrupted"):
                times.append(one.at - played.zero)
    return times


def _name(item: str) -> str:
    """Return the name of the tool in an item with a result."""
    return item.partition(": ")[2].partition(": ")[0]


def _result(name: str) -> tuple[str, ...]:
    """Return the two possible beginnings of an item with a result of this tool."""
    return tuple(f"{kind}: {name}: " for kind in _RESULTS)
