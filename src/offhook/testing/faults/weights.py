"""How much of an answer an event is: words of a model, seconds of a voice, results of a recogniser."""

import base64
import json
from typing import Any

from offhook.testing.sandbox.hook import Event

__all__ = ["anything", "final", "result", "seconds", "spoken_word", "word"]

_WORDS = ("response.output_text.delta",)
_RATE = 24_000


def word(event: Event) -> float:
    """1 for a word of chat or Responses."""
    if event.kind in _WORDS:
        return 1.0
    if event.kind != "chunk":
        return 0.0
    choices = _json(event).get("choices") or [{}]
    return 1.0 if (choices[0].get("delta") or {}).get("content") else 0.0


def spoken_word(event: Event) -> float:
    """1 for a word of a Realtime model."""
    return 1.0 if event.kind == "response.output_audio.delta" else 0.0


def seconds(event: Event) -> float:
    """The length of a piece of Cartesia's sound."""
    if event.kind != "chunk":
        return 0.0
    pcm = event.payload if isinstance(event.payload, bytes) else base64.b64decode(_json(event).get("data", ""))
    return len(pcm) / 2 / _RATE


def result(event: Event) -> float:
    """1 for what a recogniser has understood, so far or finally."""
    return 1.0 if event.kind == "Results" and _said(event) else 0.0


def final(event: Event) -> float:
    """1 for what a recogniser has understood finally."""
    return 1.0 if result(event) and _json(event)["is_final"] else 0.0


def anything(event: Event) -> float:  # noqa: ARG001  # each is one
    """1 for every event."""
    return 1.0


def _said(event: Event) -> str:
    return str(_json(event)["channel"]["alternatives"][0]["transcript"])


def _json(event: Event) -> dict[str, Any]:
    """The object in an event, behind what server-sent events put in front of it."""
    text = event.payload.decode() if isinstance(event.payload, bytes) else event.payload
    try:
        said = json.loads(text[text.index("{") :])
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
