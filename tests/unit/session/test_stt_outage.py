"""The length of STT outages, measured from session events."""

import asyncio
from collections.abc import Sequence

import pytest
from livekit.agents import APIConnectionError, llm, stt
from livekit.agents.metrics import STTMetrics
from livekit.agents.voice import events
from livekit.agents.voice.events import CloseReason

from offhook.core.facts import Fact, SttInterrupted
from offhook.session.inbound.stt_outage import SttOutage
from offhook.testing import virtual

BROKEN = APIConnectionError("it broke off")
LOST = stt.STTError(timestamp=0, label="ears", error=BROKEN, recoverable=True)
SPEAKS = events.UserStateChangedEvent(old_state="listening", new_state="speaking")
IS_DONE = events.UserStateChangedEvent(old_state="speaking", new_state="listening")


def connected(took: float = 0.2) -> events.MetricsCollectedEvent:
    told = {"label": "ears", "request_id": "", "timestamp": 0, "duration": 0, "audio_duration": 0, "streamed": True}
    return events.MetricsCollectedEvent(metrics=STTMetrics(**told, acquire_time=took))


def words(*, final: bool = True) -> events.UserInputTranscribedEvent:
    return events.UserInputTranscribedEvent(transcript="hello", is_final=final)


def broken(error: object = LOST) -> events.ErrorEvent:
    return events.ErrorEvent(error=error, source=None)


def told(story: Sequence[tuple[float, object]]) -> list[Fact]:
    """The facts of these events, each so many seconds after the start."""
    facts: list[Fact] = []

    async def main() -> None:
        hearing, loop = SttOutage(), asyncio.get_running_loop()
        began = loop.time()
        for at, event in story:
            await asyncio.sleep(began + at - loop.time())
            for fact in hearing.take(event):
                assert isinstance(fact, SttInterrupted)
                facts.append(SttInterrupted(round(fact.since - began, 2), fact.seconds, fact.voice, fact.error))

    virtual.run(main(), grace=0.0)
    return facts


ERROR = f"APIConnectionError: {BROKEN}"


@pytest.mark.parametrize(
    "back", [connected(), words(final=False), events.CloseEvent(reason=CloseReason.USER_INITIATED)]
)
def test_it_lasts_until_the_recogniser_is_there_again(back: object) -> None:
    assert told([(1, broken()), (3, broken()), (4, back), (5, words())]) == [SttInterrupted(1, 3, error=ERROR)]


def test_what_the_caller_was_saying_went_with_it() -> None:
    story = [(1, SPEAKS), (3, words()), (4.5, broken()), (5, connected()), (6, IS_DONE)]
    assert told(story) == [SttInterrupted(4.5, 0.5, 1.5, ERROR)]


def test_nothing_is_lost_of_what_was_said_before() -> None:
    assert told([(1, SPEAKS), (2, IS_DONE), (3, broken()), (3.5, connected())]) == [SttInterrupted(3, 0.5, error=ERROR)]


@pytest.mark.parametrize(
    "event",
    [connected(), connected(0), words(), broken(llm.LLMError(timestamp=0, label="", error=BROKEN, recoverable=True))],
)
def test_other_events_are_nothing(event: object) -> None:
    assert told([(1, event), (2, connected())]) == []
