"""Detects unspoken text from TTS: no audio, or audio that ends before the timed words."""

from typing import Any

import pytest
from livekit.agents.llm import ChatMessage
from livekit.agents.voice.events import ConversationItemAddedEvent

from offhook.core.facts import ResponseTimed, SpeechNotPlayed
from offhook.session.inbound.speech_check import SpeechCheck, unspoken
from offhook.session.inbound.tts_node import Synthesis

SENTENCE = "On Sunday we are open from noon, and there is a table for two by the window."
PACE = 0.3


def synthesis(text: str = SENTENCE, *, seconds: float, told: int = 0, complete: bool = True) -> Synthesis:
    """A synthesis of this text with so much audio and so many timed words, one every 0.3 s."""
    words = [(word, PACE * (place + 1)) for place, word in enumerate(text.split()[:told])]
    return Synthesis(text, seconds, words, complete=complete)


def test_a_voice_that_gives_no_audio_has_spoken_nothing() -> None:
    assert unspoken([synthesis(seconds=0.0)], SENTENCE) == ("", SENTENCE)


@pytest.mark.parametrize("seconds", [0.5, 3.0, 30.0])
def test_how_fast_a_voice_is_proves_nothing(seconds: float) -> None:
    assert unspoken([synthesis(seconds=seconds)], SENTENCE) is None


def test_audio_that_ends_before_the_words_that_the_voice_tells_is_cut_off() -> None:
    given = synthesis(seconds=0.7, told=17)
    assert unspoken([given], SENTENCE) == ("On Sunday we", SENTENCE.removeprefix("On Sunday we "))


def test_audio_that_ends_with_the_last_word_told_is_cut_off_when_more_words_are_left() -> None:
    given = synthesis(seconds=1.0, told=3)
    assert unspoken([given], SENTENCE) == ("On Sunday we", SENTENCE.removeprefix("On Sunday we "))


def test_audio_that_goes_on_after_the_last_word_told_may_have_the_rest() -> None:
    assert unspoken([synthesis(seconds=5.0, told=3)], SENTENCE) is None


def test_a_voice_that_tells_other_words_than_it_was_given_proves_nothing() -> None:
    given = synthesis("It costs forty two dollars", seconds=1.5, told=5)
    assert unspoken([given], "It costs 42 dollars and ten cents") is None


def test_one_word_that_is_left_may_have_been_told_with_the_last() -> None:
    assert unspoken([synthesis("yes of course", seconds=0.6, told=2)], "yes of course") is None


@pytest.mark.parametrize("text", ["...", "  ", "!?"])
def test_what_has_no_letters_needs_no_audio(text: str) -> None:
    assert unspoken([synthesis(text, seconds=0.0)], text) is None


def test_a_voice_that_failed_is_told_by_its_error() -> None:
    assert unspoken([synthesis(seconds=0.7, told=17, complete=False)], SENTENCE) is None


def test_several_pieces_of_text_have_no_common_clock() -> None:
    assert unspoken([synthesis(seconds=0.7, told=17), synthesis(seconds=0.7, told=17)], SENTENCE) is None


def test_an_interrupted_message_has_no_more_words_than_there_was_audio() -> None:
    given = synthesis(seconds=0.7, told=17, complete=False)
    heard = " ".join(SENTENCE.split()[:9])
    assert unspoken([given], heard, interrupted=True) == ("On Sunday we", "are open from noon, and there")


def test_an_interrupted_message_whose_audio_was_there_stays() -> None:
    given = synthesis(seconds=5.1, told=17, complete=False)
    assert unspoken([given], "On Sunday we are", interrupted=True) is None


class Speaker:
    """The part of a session that the check uses."""

    def __init__(self) -> None:
        self.output = self
        self.audio_enabled = True


class Voice:
    """The syntheses of the TTS."""

    def __init__(self, *given: Synthesis) -> None:
        self._given = list(given)

    def take(self, speech: str) -> list[Synthesis]:
        return self._given


def check(*given: Synthesis) -> SpeechCheck:
    parts: tuple[Any, Any] = (Speaker(), Voice(*given))
    return SpeechCheck(parts[0], lambda _: None, parts[1])


def said(text: str, **metrics: float) -> ConversationItemAddedEvent:
    message = ChatMessage(role="assistant", content=[text], metrics=metrics)  # type: ignore[typeddict-item]  # by name
    return ConversationItemAddedEvent(item=message)


async def test_words_without_audio_are_taken_out_of_the_conversation() -> None:
    event = said(SENTENCE)
    facts = check(synthesis(seconds=0.7, told=17)).take(event)
    assert facts == (SpeechNotPlayed(SENTENCE.removeprefix("On Sunday we "), heard=0.7),)
    assert event.item.text_content == "On Sunday we"  # type: ignore[union-attr]  # a message


async def test_an_answer_tells_where_its_time_went() -> None:
    book = check()
    heard = ChatMessage(role="user", content=["hello"], metrics={"end_of_turn_delay": 0.3})
    assert book.take(ConversationItemAddedEvent(item=heard)) == ()
    (turn,) = book.take(said(SENTENCE, e2e_latency=0.58, llm_node_ttft=0.31, tts_node_ttfb=0.12))
    assert turn == ResponseTimed(heard=0.58, committed=0.3, model=0.31, voice=0.12)
