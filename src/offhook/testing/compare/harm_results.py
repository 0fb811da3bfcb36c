"""Finds requests about the results of tools that LiveKit alone loses.

If the caller's words end a speech during its audio, LiveKit 1.8.9 waits for the speech's tool for up to 5 s, and
delivers a result that comes later with a separate request. If the words end the speech after its audio, LiveKit loses a
result that comes later. Our agent pauses its audio at the caller's first sound, so its audio has not ended when the
words come.
"""

from offhook.testing.compare.model import Request
from offhook.testing.compare.played import Played

__all__ = ["kept_result"]

_RELEASED = "It keeps running in the background, and its result will be delivered to you"
_DELIVERED = "system: New results arrived from background tool calls"


def kept_result(alone: Played, ours: Played, asked: Request) -> bool:
    """True if our agent asks the model about a tool's result that LiveKit alone lost."""
    if len(asked.items) < 2 or not asked.items[-1].startswith(_DELIVERED):
        return False
    ended = (one for one in ours.records if one.name == "SpeechEnded" and one.at - ours.zero <= asked.at)
    by_words = any(one.body.get("interrupted") == "turn" for one in ended)
    released = any(_RELEASED in item for item in asked.items)
    return by_words and released and not any(asked.items[-2] in one.items for one in alone.requests)
