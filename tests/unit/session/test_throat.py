"""What is known of a call's voice: when it is not asked again, and how long it is waited for."""

import asyncio

import pytest

from offhook.core.facts import AgentTurned, CallerTurned, Fact, ModelFailed, Said, Unspoken, VoiceStalled
from offhook.session.throat import BOUND, LEAST, MOST, REST, Throat

BROKEN = ModelFailed("tts_error", recoverable=True, error="cut")
DEAD = ModelFailed("tts_error", recoverable=False, error="cut")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def throat(clock: Clock, *facts: Fact) -> Throat:
    throat = Throat(clock)
    for fact in facts:
        throat.notice(fact)
    return throat


@pytest.mark.parametrize(
    ("facts", "hoarse"),
    [
        ((), False),
        ((BROKEN,), False),
        ((BROKEN, BROKEN), True),
        ((DEAD,), True),
        ((BROKEN, Unspoken("the rest", heard=0.7)), True),
        ((BROKEN, AgentTurned("speaking", 100.0), BROKEN), False),
        ((DEAD, AgentTurned("speaking", 100.0)), False),
        ((DEAD, AgentTurned("listening", 100.0)), True),
        ((ModelFailed("llm_error", recoverable=False, error="cut"),) * 2, False),
        ((VoiceStalled(since=99.0, heard=1.0),) * 2, False),
    ],
)
def test_a_voice_that_keeps_failing_without_a_sound_is_hoarse(
    clock: Clock, facts: tuple[Fact, ...], hoarse: bool
) -> None:
    assert throat(clock, *facts).hoarse is hoarse


def test_a_hoarse_voice_is_asked_again_after_a_rest(clock: Clock) -> None:
    dead = throat(clock, DEAD)
    clock.now += REST - 0.1
    assert dead.hoarse
    clock.now += 0.1
    assert not dead.hoarse


def test_a_voice_is_waited_for_as_long_as_the_caller_can_wait(clock: Clock) -> None:
    spoke = (CallerTurned("speaking", 97.0), CallerTurned("listening", 99.0))
    waiting = throat(clock, *spoke)
    assert waiting.patience() == pytest.approx(BOUND - 1.0)
    clock.now = 120.0
    assert waiting.patience() == LEAST


@pytest.mark.parametrize(
    ("facts", "patience"),
    [
        ((), MOST),
        ((CallerTurned("listening", 50.0), CallerTurned("away", 60.0)), MOST),
        ((CallerTurned("speaking", 50.0), CallerTurned("listening", 97.0), AgentTurned("speaking", 99.0)), MOST),
        ((CallerTurned("speaking", 50.0), CallerTurned("listening", 90.0), Said("assistant", "One moment.")), MOST),
        ((Said("user", "typed"),), MOST),
        ((VoiceStalled(since=98.0, heard=1.0),), BOUND - 2.0),
        ((CallerTurned("speaking", 50.0), CallerTurned("listening", 98.0), Said("user", "spoken")), BOUND - 2.0),
    ],
)
def test_only_a_caller_who_waits_for_an_answer_is_short_of_patience(
    clock: Clock, facts: tuple[Fact, ...], patience: float
) -> None:
    assert throat(clock, *facts).patience() == pytest.approx(patience)


async def test_whoever_waits_for_a_voice_learns_at_once_that_it_fails() -> None:
    throat, loop = Throat(), asyncio.get_running_loop()
    began = loop.time()
    loop.call_later(1.0, throat.failed)
    with pytest.raises(TimeoutError):
        async with throat.trusted(3.0):
            await asyncio.sleep(60)
    assert loop.time() - began == pytest.approx(1.0)
    with pytest.raises(TimeoutError):
        async with throat.trusted(3.0):
            await asyncio.sleep(60)
    assert loop.time() - began == pytest.approx(1.0)
