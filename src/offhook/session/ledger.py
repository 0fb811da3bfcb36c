"""What an answer cost the caller in seconds, and whether its words were really heard; told as facts."""

import re
from collections.abc import Callable
from typing import Any

from livekit.agents import AgentSession
from livekit.agents.llm import ChatMessage
from livekit.agents.voice import events

from offhook.core.facts import Fact, Turn, Unspoken, VoiceStalled
from offhook.session.hearing import Hearing
from offhook.session.meter import Meter, fit

__all__ = ["Ledger", "heard_of"]

PACE = 18.0
"""Letters a second until this call's voice has shown its own."""
HASTE = 2.2
"""So many times faster than its pace a voice does not get: words are missing."""
LOST = 1.5
"""Seconds of sound that must be missing at least; less is a name or a number that is written long and said short."""
_TAGS = re.compile(r"<[^>]*>|\[[^\]]*\]\([^)]*\)|https?://\S+")


class Ledger:
    """One call's. `take` sees each session event before anybody else does, and corrects what was not heard."""

    def __init__(self, session: AgentSession[Any], post: Callable[[Fact], None]) -> None:
        self._session = session
        self._post = post
        self._meter: Meter | None = None
        self._pace = PACE
        self._committed: float | None = None
        self._hearing = Hearing()

    def take(self, event: object) -> tuple[Fact, ...]:
        return (*self._hearing.take(event), *self._told(event))

    def _told(self, event: object) -> tuple[Fact, ...]:
        match event:
            case events.AgentStateChangedEvent(old_state="initializing"):
                self._meter = fit(self._session, self._stalled)
            case events.ConversationItemAddedEvent(item=ChatMessage(role="user") as message):
                self._committed = _number(message, "end_of_turn_delay")
            case events.ConversationItemAddedEvent(item=ChatMessage(role="assistant") as message):
                return (*self._turn(message), *self._heard(message))
            case events.CloseEvent() if self._meter is not None:
                self._meter.stop()
        return ()

    def _stalled(self, since: float, heard: float) -> None:
        self._post(VoiceStalled(since=since, heard=round(heard, 2)))

    def _turn(self, message: ChatMessage) -> tuple[Fact, ...]:
        heard = _number(message, "e2e_latency")
        if heard is None:
            return ()
        committed, self._committed = self._committed, None
        model, voice = _number(message, "llm_node_ttft"), _number(message, "tts_node_ttfb")
        return (Turn(heard=heard, committed=committed, model=model, voice=voice),)

    def _heard(self, message: ChatMessage) -> tuple[Fact, ...]:
        """Compare what is said to have been said with the sound that there was of it."""
        if self._meter is None or not self._session.output.audio_enabled:
            return ()
        seconds, text = self._meter.count(), message.text_content or ""
        letters = len(_spoken(text))
        missing = letters / self._pace - seconds
        if missing < LOST or letters < HASTE * self._pace * seconds:
            if seconds > 1.0 and not message.interrupted:
                self._pace = max(PACE / 2, min(letters / seconds, PACE * 2))
            return ()
        heard, rest = heard_of(text, seconds * self._pace)
        message.content = [heard]
        return (Unspoken(rest, heard=round(seconds, 2)),)


def heard_of(text: str, letters: float) -> tuple[str, str]:
    """The words that so many letters make, and those that are left."""
    words, count = text.split(), 0
    for at, word in enumerate(words):
        count += len(word) + 1
        if count > letters + 1:
            return " ".join(words[:at]), " ".join(words[at:])
    return text, ""


def _spoken(text: str) -> str:
    """Without what a voice does not read aloud."""
    return _TAGS.sub("", text).strip()


def _number(message: ChatMessage, name: str) -> float | None:
    value = (message.metrics or {}).get(name)
    return round(value, 3) if isinstance(value, int | float) else None
