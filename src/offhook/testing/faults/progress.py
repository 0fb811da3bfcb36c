"""Measures how much an event contains: words of an LLM, seconds of TTS audio, or STT results."""

import base64
import json
from typing import Any

from offhook.testing.sandbox.hook import Event

__all__ = ["anything", "final", "result", "seconds", "spoken_word", "word"]

_WORDS = ("response.output_text.delta",)
_RESULTS = ("Results", "interim_transcript", "final_transcript")
_RATE = 24_000


def word(event: Event) -> float:
    """Return 1 for an event with a word of a chat or Responses answer, else 0."""
    if event.kind in _WORDS:
        return 1.0
    if event.kind != "chunk":
        return 0.0
    choices = _json(event).get("choices") or [{}]
    return 1.0 if (choices[0].get("delta") or {}).get("content") else 0.0


def spoken_word(event: Event) -> float:
    """Return 1 for an event with a spoken word of a Realtime model, else 0."""
    return 1.0 if event.kind == "response.output_audio.delta" else 0.0


def seconds(event: Event) -> float:
    """Return the seconds of audio in an event of Cartesia, or of LiveKit Inference."""
    name = {"chunk": "data", "output_audio": "audio"}.get(event.kind)
    if name is None:
        return 0.0
    pcm = event.payload if isinstance(event.payload, bytes) else base64.b64decode(_json(event).get(name, ""))
    return len(pcm) / 2 / _RATE


def result(event: Event) -> float:
    """Return 1 for an interim or final transcript with words, else 0."""
    return 1.0 if event.kind in _RESULTS and _transcript(event) else 0.0


def final(event: Event) -> float:
    """Return 1 for a final transcript with words, else 0."""
    return 1.0 if result(event) and (event.kind == "final_transcript" or _json(event).get("is_final")) else 0.0


def anything(event: Event) -> float:  # noqa: ARG001  # every event counts
    """Return 1 for every event."""
    return 1.0


def _transcript(event: Event) -> str:
    found = _json(event)
    return str(found["transcript"] if "transcript" in found else found["channel"]["alternatives"][0]["transcript"])


def _json(event: Event) -> dict[str, Any]:
    """Return the JSON object in an event, without the prefix of a server-sent event; {} if there is no object."""
    text = event.payload.decode() if isinstance(event.payload, bytes) else event.payload
    try:
        parsed = json.loads(text[text.index("{") :])
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
