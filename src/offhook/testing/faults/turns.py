"""Counts the caller's turns from the requests to the providers and from the providers' events."""

import json
from typing import Any

from offhook.testing.sandbox.hook import Event, Request

__all__ = ["Turns"]


class Turns:
    """`now` is the number of the current turn: 0 until the caller starts to speak, then 1, and so on."""

    def __init__(self) -> None:
        self.now = 0
        self._open = False

    def begin(self) -> None:
        """Start a new turn if the caller's speech in the current turn has ended."""
        if not self._open:
            self._open = True
            self.now += 1

    def told(self, event: Event) -> None:
        """Start a turn if this event shows that the caller started to speak.

        A final transcript ends the caller's speech in the turn.
        """
        match event.provider, event.kind:
            case "deepgram", "SpeechStarted":
                self.begin()
            case "deepgram", "Results":
                result = json.loads(event.payload)
                if result["channel"]["alternatives"][0]["transcript"]:
                    self.begin()
                self._open = self._open and not result["is_final"]
            case ("openai", "input_audio_buffer.speech_started") | (
                "inference",
                "start_of_speech" | "interim_transcript",
            ):
                self.begin()
            case "inference", "final_transcript":
                self._open = False
            case "openai", "input_audio_buffer.committed":
                self.begin()
                self._open = False

    def asked(self, request: Request) -> None:
        """Count the caller's messages in a chat request too, because a fault may stop the STT events of a turn."""
        if request.provider == "openai" and request.path == "/v1/chat/completions":
            said = sum(_by_caller(message) for message in request.body.get("messages") or ())
            self.now = max(self.now, said)


def _by_caller(message: Any) -> bool:
    return isinstance(message, dict) and message.get("role") == "user"
