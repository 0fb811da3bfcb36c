"""Counts the caller's turns from what the providers are told and tell."""

import json
from typing import Any

from offhook.testing.sandbox.hook import Event, Request

__all__ = ["Turns"]


class Turns:
    """`now` is 0 until the caller begins to speak, then 1, and one more each time they speak after an answer."""

    def __init__(self) -> None:
        self.now = 0
        self._open = False

    def begin(self) -> None:
        """The caller speaks: a new turn, unless they are still in one."""
        if not self._open:
            self._open = True
            self.now += 1

    def told(self, event: Event) -> None:
        """Ears that begin to hear begin a turn; words that are final end what the caller says in it."""
        match event.provider, event.kind:
            case "deepgram", "SpeechStarted":
                self.begin()
            case "deepgram", "Results":
                result = json.loads(event.payload)
                if result["channel"]["alternatives"][0]["transcript"]:
                    self.begin()
                self._open = self._open and not result["is_final"]
            case "openai", "input_audio_buffer.speech_started":
                self.begin()
            case "openai", "input_audio_buffer.committed":
                self.begin()
                self._open = False

    def asked(self, request: Request) -> None:
        """A model that is asked knows how often the caller has spoken, also where nobody here listens."""
        if request.provider == "openai" and request.path == "/v1/chat/completions":
            said = sum(_by_caller(message) for message in request.body.get("messages") or ())
            self.now = max(self.now, said)


def _by_caller(message: Any) -> bool:
    return isinstance(message, dict) and message.get("role") == "user"
