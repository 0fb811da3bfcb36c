"""In a crowd, the VAD reports speech without an end; the turn ends when the caller's words have stopped."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from livekit.agents import Agent, APIConnectOptions, LanguageCode, stt
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS
from tests.crowds import SPOKEN, order_in_a_crowd

from offhook.core.facts import EndpointingChosen
from offhook.models import choose
from offhook.session.inbound.endpointing import Endpointing
from offhook.session.inbound.graded_detectors import with_patience
from offhook.session.inbound.words_vad import WordsVad
from offhook.session.people.transcriber import recogniser_of
from offhook.session.taps import SessionTaps
from offhook.settings import Settings
from offhook.testing.speech import RATE, load

from .wired import Wired, talk

Heard = tuple[float, str, bool]
ORDER: Sequence[Heard] = ((2.0, "two", False), (2.5, "two large", False), (3.0, "Two large pizzas.", True))


class Told(stt.STT[str]):
    """Returns these transcripts at these seconds after the first sound."""

    def __init__(self, heard: Sequence[Heard]) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=True))
        self.heard = heard

    def stream(self, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS, **_: Any) -> "Telling":
        return Telling(stt=self, conn_options=conn_options)

    async def _recognize_impl(self, *_: Any, **__: Any) -> stt.SpeechEvent:
        raise NotImplementedError


class Telling(stt.RecognizeStream):
    async def _run(self) -> None:
        told = self._stt
        assert isinstance(told, Told)
        loop = asyncio.get_running_loop()
        began = loop.time()
        for at, text, final in told.heard:
            await asyncio.sleep(began + at - loop.time())
            said = stt.SpeechData(language=LanguageCode("en"), text=text, confidence=1.0)
            kind = stt.SpeechEventType.FINAL_TRANSCRIPT if final else stt.SpeechEventType.INTERIM_TRANSCRIPT
            self._event_ch.send_nowait(stt.SpeechEvent(kind, alternatives=[said]))
        async for _ in self._input_ch:
            pass


def call(
    scene: Callable[[Wired, list[Any]], Any], heard: Sequence[Heard], *, detection: str = "vad", guarded: bool = True
) -> None:
    """Run a scene on a session whose STT returns these transcripts."""
    facts: list[Any] = []
    made: list[Endpointing] = []

    def make(url: str) -> dict[str, Any]:
        settings = {"OFFHOOK_PRESET": "local", "OFFHOOK_LOCAL_URL": f"{url}/v1", "OFFHOOK_LLM": "local/any"}
        given = choose(Settings(**settings, OFFHOOK_TURN_DETECTION=detection)).session
        handling, endpointing = with_patience(given["turn_handling"], "normal")
        assert endpointing is not None
        made.append(endpointing)
        detector = WordsVad(given["vad"], endpointing) if guarded else given["vad"]
        return given | {"turn_handling": handling, "stt": Told(heard), "vad": detector}

    def before(wired: Wired) -> Any:
        made[0].belongs_to(wired.session)
        taps: list[SessionTaps] = []

        def post(fact: Any) -> None:
            facts.append(fact)
            for one in taps:
                one.notice(fact)

        taps.append(SessionTaps(wired.session, post, laddered=lambda: False))

        async def stop() -> None: ...

        return stop

    async def with_facts(wired: Wired) -> None:
        await scene(wired, facts)

    talk(with_facts, make, before_start=before, agent=lambda _: Agent(instructions="You are a desk."))


async def turn(wired: Wired) -> tuple[str, float]:
    """Return the next turn, and the seconds until its end."""
    loop = asyncio.get_running_loop()
    began, committed = loop.time(), loop.create_future()

    def on_item(event: Any) -> None:
        if event.item.type == "message" and event.item.role == "user" and not committed.done():
            committed.set_result((event.item.text_content, loop.time() - began))

    wired.session.on("conversation_item_added", on_item)
    async with asyncio.timeout(60):
        found: tuple[str, float] = await committed
    wired.session.off("conversation_item_added", on_item)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("detection", ["vad", "v1-mini"])
def test_in_a_crowd_the_turn_ends_and_is_answered_when_the_words_have_stopped(detection: str) -> None:
    async def scene(wired: Wired, facts: list[Any]) -> None:
        wired.microphone.play(order_in_a_crowd(15.0))
        text, seconds = await turn(wired)
        assert text == "Two large pizzas."
        assert SPOKEN + 1.5 < seconds < SPOKEN + 2.2
        async with asyncio.timeout(5):
            assert await wired.earpiece.heard.get() > 0.3  # the crowd goes on, and does not interrupt the answer
        last = [fact for fact in facts if isinstance(fact, EndpointingChosen) and "stopped" in fact.why[0]]
        assert [round(fact.wait, 1) for fact in last] == [1.5]

    call(scene, ORDER, detection=detection)


@pytest.mark.slow
def test_with_the_plain_vad_the_turn_ends_only_with_the_crowd() -> None:
    async def scene(wired: Wired, facts: list[Any]) -> None:
        wired.microphone.play(order_in_a_crowd(10.0))
        assert (await turn(wired))[1] > 10.0

    call(scene, ORDER, guarded=False)


@pytest.mark.slow
def test_new_words_begin_a_new_turn_although_the_vad_reported_no_silence() -> None:
    async def scene(wired: Wired, facts: list[Any]) -> None:
        pcm = order_in_a_crowd(15.0)
        pcm[round(7 * RATE) : round(9 * RATE)] = np.clip(load("monologue")[: 2 * RATE].astype(int), -32_768, 32_767)
        wired.microphone.play(pcm)
        assert (await turn(wired))[0] == "Two large pizzas."
        text, seconds = await turn(wired)
        assert text == "And a salad."
        assert seconds < 8.0

    call(scene, (*ORDER, (8.0, "and a", False), (9.0, "And a salad.", True)))


@pytest.mark.slow
def test_a_caller_who_asks_to_wait_gets_more_time() -> None:
    async def scene(wired: Wired, facts: list[Any]) -> None:
        wired.microphone.play(order_in_a_crowd(15.0))
        assert SPOKEN + 3.0 < (await turn(wired))[1] < SPOKEN + 3.7

    call(scene, ((2.5, "two", False), (3.0, "hold on", True)))


@pytest.mark.slow
def test_if_the_final_transcript_does_not_come_the_words_of_the_interim_one_count() -> None:
    async def scene(wired: Wired, facts: list[Any]) -> None:
        wired.microphone.play(order_in_a_crowd(15.0))
        text, seconds = await turn(wired)
        assert text == "two large pizzas"
        assert SPOKEN + 2.5 < seconds < SPOKEN + 3.2

    call(scene, (*ORDER[:2], (3.0, "two large pizzas", False)))


@pytest.mark.slow
def test_delays_that_an_operator_sets_leave_the_speech_to_the_vad() -> None:
    async def scene(wired: Wired, facts: list[Any]) -> None:
        wired.changes.endpointing(min_delay=0.3, max_delay=0.5)
        wired.microphone.play(order_in_a_crowd(8.0))
        assert (await turn(wired))[1] > 8.0

    call(scene, ORDER)


def test_other_people_are_heard_with_the_plain_vad() -> None:
    async def scene(wired: Wired, facts: list[Any]) -> None:
        detector = wired.session.vad
        assert isinstance(detector, WordsVad)
        assert (detector.model, detector.provider) == (detector.plain.model, detector.plain.provider)
        told = wired.session.stt
        assert isinstance(told, Told)
        told.capabilities.streaming = False
        assert getattr(recogniser_of(wired.session), "_vad", None) is detector.plain

    call(scene, ORDER)
