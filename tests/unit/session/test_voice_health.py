"""TTS health of a call: when TTS is skipped, and how long the call waits for TTS."""

import asyncio

import pytest

from offhook.core.facts import (
    AgentStateChanged,
    CallerStateChanged,
    Fact,
    MessageCommitted,
    ModelFailed,
    SpeechNotPlayed,
    TtsStalled,
)
from offhook.engine.voice_health import MAX_WAIT, MIN_WAIT, REST, SILENCE_BUDGET, VoiceHealth

BROKEN = ModelFailed("tts_error", recoverable=True, error="cut")
DEAD = ModelFailed("tts_error", recoverable=False, error="cut")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def voice_health(clock: Clock, *facts: Fact) -> VoiceHealth:
    voice_health = VoiceHealth(clock)
    for fact in facts:
        voice_health.notice(fact)
    return voice_health


@pytest.mark.parametrize(
    ("facts", "hoarse"),
    [
        ((), False),
        ((BROKEN,), False),
        ((BROKEN, BROKEN), True),
        ((DEAD,), True),
        ((BROKEN, SpeechNotPlayed("the rest", heard=0.7)), True),
        ((BROKEN, AgentStateChanged("speaking", 100.0), BROKEN), False),
        ((DEAD, AgentStateChanged("speaking", 100.0)), False),
        ((DEAD, AgentStateChanged("listening", 100.0)), True),
        ((ModelFailed("llm_error", recoverable=False, error="cut"),) * 2, False),
        ((TtsStalled(since=99.0, heard=1.0),) * 2, False),
    ],
)
def test_a_voice_that_keeps_failing_without_a_sound_is_hoarse(
    clock: Clock, facts: tuple[Fact, ...], hoarse: bool
) -> None:
    assert voice_health(clock, *facts).failing is hoarse


def test_a_hoarse_voice_is_asked_again_after_a_rest(clock: Clock) -> None:
    dead = voice_health(clock, DEAD)
    clock.now += REST - 0.1
    assert dead.failing
    clock.now += 0.1
    assert not dead.failing


def test_a_voice_is_waited_for_as_long_as_the_caller_can_wait(clock: Clock) -> None:
    spoke = (CallerStateChanged("speaking", 97.0), CallerStateChanged("listening", 99.0))
    waiting = voice_health(clock, *spoke)
    assert waiting.budget() == pytest.approx(SILENCE_BUDGET - 1.0)
    clock.now = 120.0
    assert waiting.budget() == MIN_WAIT


@pytest.mark.parametrize(
    ("facts", "patience"),
    [
        ((), MAX_WAIT),
        ((CallerStateChanged("listening", 50.0), CallerStateChanged("away", 60.0)), MAX_WAIT),
        (
            (
                CallerStateChanged("speaking", 50.0),
                CallerStateChanged("listening", 97.0),
                AgentStateChanged("speaking", 99.0),
            ),
            MAX_WAIT,
        ),
        (
            (
                CallerStateChanged("speaking", 50.0),
                CallerStateChanged("listening", 90.0),
                MessageCommitted("assistant", "One moment."),
            ),
            MAX_WAIT,
        ),
        ((MessageCommitted("user", "typed"),), MAX_WAIT),
        ((TtsStalled(since=98.0, heard=1.0),), SILENCE_BUDGET - 2.0),
        (
            (
                CallerStateChanged("speaking", 50.0),
                CallerStateChanged("listening", 98.0),
                MessageCommitted("user", "spoken"),
            ),
            SILENCE_BUDGET - 2.0,
        ),
    ],
)
def test_only_a_caller_who_waits_for_an_answer_is_short_of_patience(
    clock: Clock, facts: tuple[Fact, ...], patience: float
) -> None:
    assert voice_health(clock, *facts).budget() == pytest.approx(patience)


async def test_whoever_waits_for_a_voice_learns_at_once_that_it_fails() -> None:
    voice_health, loop = VoiceHealth(), asyncio.get_running_loop()
    began = loop.time()
    loop.call_later(1.0, voice_health.failed)
    with pytest.raises(TimeoutError):
        async with voice_health.deadline(3.0):
            await asyncio.sleep(60)
    assert loop.time() - began == pytest.approx(1.0)
    with pytest.raises(TimeoutError):
        async with voice_health.deadline(3.0):
            await asyncio.sleep(60)
    assert loop.time() - began == pytest.approx(1.0)


async def test_a_failure_in_the_moment_of_the_deadline_is_no_error() -> None:
    voice_health = VoiceHealth()

    async def fail_at_the_end() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            voice_health.failed()

    with pytest.raises(TimeoutError):
        async with voice_health.deadline(0.01):
            await fail_at_the_end()
    assert voice_health.failing
