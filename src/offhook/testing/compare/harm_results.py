"""Finds requests about the results of tools for which LiveKit alone makes no request.

If the caller's words end a speech during its audio, LiveKit 1.8.9 waits for the speech's tool for up to 5 s, and
delivers a result that comes later with a separate request. If the words end the speech after its audio, LiveKit loses a
result that comes later; the model gets a result that comes earlier together with the caller's words. Our agent pauses
its audio at the caller's first sound, so its audio has not ended when the words come.
"""

from offhook.testing.compare.model import Request
from offhook.testing.compare.played import Played

__all__ = ["RUNNING", "kept_result"]

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
    if _dropped(alone, asked):
        return True
    if len(asked.items) < 2 or not asked.items[-1].startswith(_DELIVERED):
        return False
    ended = (one for one in ours.records if one.name == "SpeechEnded" and one.at - ours.zero <= asked.at)
    by_words = any(one.body.get("interrupted") == "turn" for one in ended)
    released = any(_RELEASED in item for item in asked.items)
    return by_words and released and not any(asked.items[-2] in one.items[-2:] for one in alone.requests)


def _dropped(alone: Played, asked: Request) -> bool:
    """True if the request is about a tool's result, and with LiveKit alone the caller interrupted the speech of this
    tool while the tool ran, and the model never got a result of the tool.

    With LiveKit alone, a backchannel can interrupt the speech. Our agent goes on after a backchannel.
    """
    kind, _, rest = asked.items[-1].partition(": ") if asked.items else ("", "", "")
    name = rest.partition(": ")[0]
    got = (item for one in alone.requests for item in one.items if not item.endswith(RUNNING))
    if kind not in _RESULTS or any(item.startswith(_result(name)) for item in got):
        return False
    runs, cut = set[str](), set[str]()
    for one in alone.records:
        match one.name:
            case "ToolStarted" if one.body.get("name") == name:
                runs.add(str(one.body["id"]))
            case "ToolEnded":
                runs.discard(str(one.body["id"]))
            case "MessageCommitted" if one.body.get("role") == "assistant" and one.body.get("interrupted"):
                cut |= runs
    return bool(cut)


def _result(name: str) -> tuple[str, ...]:
    """Return how an item with a result of this tool begins."""
    return tuple(f"{kind}: {name}: " for kind in _RESULTS)
