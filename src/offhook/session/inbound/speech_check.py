"""Measures the response latency. Detects text that LiveKit reports as spoken although the text had no audio."""

from collections.abc import Callable, Sequence
from typing import Any

from livekit.agents import AgentSession
from livekit.agents.llm import ChatMessage
from livekit.agents.voice import events, io

from offhook.core.facts import Fact, ResponseTimed, SpeechNotPlayed
from offhook.session.inbound.current_speech import SPEECH
from offhook.session.inbound.playout_meter import PlayoutMeter, install
from offhook.session.inbound.stt_outage import SttOutage
from offhook.session.inbound.tts_node import Synthesis, TtsNode

__all__ = ["SpeechCheck", "unspoken"]

CUT_OFF_GAP = 1.0
"""The TTS may give times for only a part of the text. In this case, audio that ends at most this many seconds after the
last timed word counts as cut off.
"""
WORD_TOLERANCE = 0.2
"""A word counts as spoken if at most this many seconds of the word are missing at the end of the audio."""
MIN_UNSPOKEN = 2
"""The smallest number of unspoken words that counts as a loss."""


class SpeechCheck:
    """Checks the agent's speech in one phone or web call. Call `take` with each session event before the session's
    handlers run. `take` removes unspoken text from the agent's messages.
    """

    def __init__(
        self,
        session: AgentSession[Any],
        post: Callable[[Fact], None],
        tts: TtsNode,
        wrap: Callable[[io.AudioOutput], io.AudioOutput] = lambda sink: sink,
    ) -> None:
        self._wrap = wrap
        self._session = session
        self._post = post
        self._tts = tts
        self._meter: PlayoutMeter | None = None
        self._committed: float | None = None
        self._stt_outage = SttOutage()

    @property
    def playing(self) -> bool:
        """True while audio is played, in any agent state."""
        return self._meter is not None and self._meter.playing

    def take(self, event: object) -> tuple[Fact, ...]:
        """Return the facts of this event: response times, text that was not played, STT outages."""
        return (*self._stt_outage.take(event), *self._speech_facts(event))

    def _speech_facts(self, event: object) -> tuple[Fact, ...]:
        match event:
            case events.AgentStateChangedEvent(old_state="initializing"):
                self._meter = install(self._session, self._post, self._wrap)
            case events.ConversationItemAddedEvent(item=ChatMessage(role="user") as message):
                self._committed = _number(message, "end_of_turn_delay")
            case events.ConversationItemAddedEvent(item=ChatMessage(role="assistant") as message):
                return (*self._response_time(message), *self._remove_unspoken(message))
            case events.CloseEvent() if self._meter is not None:
                self._meter.stop()
        return ()

    def _response_time(self, message: ChatMessage) -> tuple[Fact, ...]:
        heard = _number(message, "e2e_latency")
        if heard is None:
            return ()
        committed, self._committed = self._committed, None
        model, voice = _number(message, "llm_node_ttft"), _number(message, "tts_node_ttfb")
        return (ResponseTimed(heard=heard, committed=committed, model=model, voice=voice),)

    def _remove_unspoken(self, message: ChatMessage) -> tuple[Fact, ...]:
        """Compare the message with the audio from TTS; remove text without audio and return the loss as a fact."""
        given = self._tts.take(SPEECH.get())
        if not self._session.output.audio_enabled:
            return ()
        lost = unspoken(given, message.text_content or "", interrupted=message.interrupted)
        if lost is None:
            return ()
        heard, rest = lost
        message.content = [heard]
        return (SpeechNotPlayed(rest, heard=round(sum(one.seconds for one in given), 2)),)


def unspoken(given: Sequence[Synthesis], text: str, *, interrupted: bool = False) -> tuple[str, str] | None:
    """Return the spoken and the unspoken part of a message's text; None if no loss is detected.

    A loss is detected in two cases. In the first case, the message was not `interrupted`, and the TTS ended its stream
    without audio. In the second case, the timed words of the TTS are the first words of the text, and the audio ends
    before the last timed word. If the message was not `interrupted`, audio that ends at most 1 s after that word is a
    loss too. For an `interrupted` message, LiveKit estimates from the playback time which text was spoken, so the text
    may be longer than the audio.
    """
    if interrupted and given:
        return _split_at_audio_end(given[0], text.split(), cut=True) if len(given) == 1 else None
    if not given or not all(one.complete for one in given) or not any(_plain(one.text) for one in given):
        return None
    if not any(one.seconds for one in given):
        return "", text
    return _split_at_audio_end(given[0], text.split()) if len(given) == 1 else None


def _split_at_audio_end(given: Synthesis, words: Sequence[str], *, cut: bool = False) -> tuple[str, str] | None:
    """Return the words before and after the end of the audio; None if no loss is detected.

    `cut` is True if the speech was interrupted.
    """
    timed = [(part, end) for word, end in given.words for part in word.split()]
    first = min(len(timed), len(words))
    if not timed or [_plain(word) for word, _ in timed[:first]] != [_plain(word) for word in words[:first]]:
        return None
    spoken = sum(end <= given.seconds + WORD_TOLERANCE for _, end in timed)
    cut_off = spoken < len(timed) or (not cut and given.seconds - timed[-1][1] <= CUT_OFF_GAP)
    if not cut_off or len(words) - spoken < MIN_UNSPOKEN:
        return None
    return " ".join(words[:spoken]), " ".join(words[spoken:])


def _plain(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def _number(message: ChatMessage, name: str) -> float | None:
    value = (message.metrics or {}).get(name)
    return round(value, 3) if isinstance(value, int | float) else None
