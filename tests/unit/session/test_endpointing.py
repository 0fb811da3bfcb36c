"""The chosen wait is the wait of the session, and a detector in trouble costs the call nothing but its probability."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from livekit.agents import Agent, AgentSession, inference
from livekit.agents.voice.turn import TurnDetectionEvent

from offhook.core.errors import PlanError
from offhook.core.facts import EndpointingChosen, TurnCommitted, Warned
from offhook.core.patience import Patience
from offhook.session.inbound.endpointing import Endpointing, endpointing_of
from offhook.session.inbound.graded_detectors import (
    GradedDetector,
    TranscriptDetector,
    grade_session,
    with_patience,
)
from offhook.session.inbound.turn_predictions import TIMEOUT
from offhook.session.taps import SessionTaps

from .wired import Wired, talk

STEEP = Patience(shortest=0.3, longest=1.4, middle=0.5)  # not LiveKit's 2.5 s
CERTAIN, UNLIKELY = 0.999, 0.001


class Opinion:
    """A stream of LiveKit's detectors that is always of this opinion, or does this."""

    model, provider, is_fallback, prediction_timeout = "fixed", "test", False, 1.0

    def __init__(self, probability: Callable[[], float] | None) -> None:
        self._probability = probability

    async def unlikely_threshold(self, language: Any) -> float:
        return 0.36

    async def backchannel_threshold(self, language: Any) -> None:
        return None

    async def supports_language(self, language: Any) -> bool:
        return True

    def predict(self) -> "asyncio.Future[TurnDetectionEvent]":
        future: asyncio.Future[TurnDetectionEvent] = asyncio.get_running_loop().create_future()
        if self._probability is not None:
            future.set_result(TurnDetectionEvent("eot_prediction", self._probability(), 0.0))
        return future

    def cancel_inference(self, *, timed_out: bool = False) -> None: ...
    def flush(self, reason: str | None = None) -> None: ...
    def push_audio(self, frame: Any) -> None: ...
    def end_input(self) -> None: ...
    async def aclose(self) -> None: ...


def call(
    scene: Callable[[Wired, list[Any]], Awaitable[None]],
    probability: Callable[[], float] | None,
    *,
    detection: str = "v1-mini",
    agent: Agent | None = None,
    stream: type[Opinion] = Opinion,
) -> None:
    """Run a scene on a session with graded waits. `probability` is the detector's answer; None: it never answers."""
    facts: list[Any] = []
    made: list[Endpointing] = []

    def make(url: str) -> dict[str, Any]:
        from offhook.models import choose
        from offhook.settings import Settings

        local = {"OFFHOOK_PRESET": "local", "OFFHOOK_LOCAL_URL": f"{url}/v1", "OFFHOOK_LLM": "local/any"}
        given = choose(
            Settings(
                **local,
                OFFHOOK_STT="deepgram",
                DEEPGRAM_API_KEY="any",
                DEEPGRAM_BASE_URL=url,
                OFFHOOK_TURN_DETECTION=detection,
            )
        ).session
        handling, endpointing = with_patience(given["turn_handling"], STEEP)
        assert endpointing is not None
        made.append(endpointing)
        return given | {"turn_handling": handling}

    def before(wired: Wired) -> Any:
        made[0].belongs_to(wired.session)
        taps: list[SessionTaps] = []

        def post(fact: Any) -> None:
            facts.append(fact)
            for one in taps:
                one.notice(fact)

        taps.append(SessionTaps(wired.session, post, laddered=lambda: False))
        detector = wired.session.turn_detection
        if isinstance(detector, GradedDetector):
            detector.open = lambda **_: stream(probability)  # type: ignore[method-assign]  # no model in virtual time

        async def stop() -> None: ...

        return stop

    async def with_facts(wired: Wired) -> None:
        await scene(wired, facts)

    talk(with_facts, make, before_start=before, agent=lambda _: agent or Agent(instructions="You are a desk."))


def chosen(facts: list[Any]) -> list[EndpointingChosen]:
    return [fact for fact in facts if isinstance(fact, EndpointingChosen)]


@pytest.mark.slow
def test_the_probability_just_seen_sets_the_wait_of_this_silence() -> None:
    answers = iter([CERTAIN, UNLIKELY, CERTAIN])
    now = [0.0]

    async def scene(wired: Wired, facts: list[Any]) -> None:
        seconds = []
        for answer in answers:
            now[0] = answer
            seconds.append(await wired.turn())
        quick, slow, again = seconds
        assert slow - quick == pytest.approx(1.4 - 0.3, abs=0.4)
        assert again == pytest.approx(quick, abs=0.3)

    call(scene, lambda: now[0])


@pytest.mark.slow
def test_each_choice_is_a_fact_with_its_reason() -> None:
    async def scene(wired: Wired, facts: list[Any]) -> None:
        await wired.turn()
        last = chosen(facts)[-1]
        assert (last.probability, last.preset) == (0.01, "own numbers")
        assert last.wait == pytest.approx(1.4, abs=0.1)
        assert "probability 0.01" in last.why

    call(scene, lambda: UNLIKELY)


def raises() -> float:
    raise RuntimeError("no model")


@pytest.mark.slow
@pytest.mark.parametrize("trouble", [None, lambda: math.nan, raises], ids=["hangs", "nan", "raises"])
def test_a_detector_in_trouble_is_told_once_and_the_turn_ends(trouble: Callable[[], float] | None) -> None:
    async def scene(wired: Wired, facts: list[Any]) -> None:
        await wired.turn()
        await wired.turn()
        assert [fact.text for fact in facts if isinstance(fact, Warned)] == [
            one for one in {fact.text for fact in facts if isinstance(fact, Warned)} if "detector" in one
        ]
        assert len([fact for fact in facts if isinstance(fact, Warned)]) == 1
        assert chosen(facts)[-1].probability is None

    call(scene, trouble)


@pytest.mark.slow
def test_without_a_detector_the_words_choose_the_wait() -> None:
    async def scene(wired: Wired, facts: list[Any]) -> None:
        assert isinstance(wired.session.turn_detection, TranscriptDetector)
        await wired.turn()
        assert chosen(facts)[-1].why == ("no probability", "the sentence is complete")

    call(scene, None, detection="vad")


@pytest.mark.slow
def test_another_preset_counts_for_the_next_turn_only() -> None:
    async def scene(wired: Wired, facts: list[Any]) -> None:
        endpointing = endpointing_of(wired.session)
        assert endpointing is not None
        usual = await wired.turn()
        endpointing.use(Patience(shortest=2.0, longest=3.0), once=True, by="test")
        assert await wired.turn() - usual == pytest.approx(1.7, abs=0.5)
        assert await wired.turn() == pytest.approx(usual, abs=0.3)

    call(scene, lambda: CERTAIN)


@pytest.mark.slow
def test_delays_that_an_operator_sets_count_from_then_on() -> None:
    async def scene(wired: Wired, facts: list[Any]) -> None:
        slow = await wired.turn()
        wired.changes.endpointing(min_delay=0.3, max_delay=0.5)
        facts.clear()
        assert slow - await wired.turn() == pytest.approx(0.9, abs=0.4)
        assert chosen(facts) == []

    call(scene, lambda: UNLIKELY)


@pytest.mark.slow
def test_an_agents_own_delays_stay() -> None:
    own = Agent(instructions="You are a desk.", turn_handling={"endpointing": {"max_delay": 0.6}})

    async def scene(wired: Wired, facts: list[Any]) -> None:
        await wired.turn()
        assert chosen(facts) == []
        assert any(isinstance(fact, TurnCommitted) for fact in facts)

    call(scene, lambda: UNLIKELY, agent=own)


def test_turn_handling_that_an_stt_or_a_model_does_stays_as_it_is() -> None:
    for detection in ("stt", "realtime_llm", "manual"):
        handling: Any = {"turn_detection": detection, "interruption": {"mode": "vad"}}
        assert with_patience(handling, "normal") == (handling, None)


async def test_the_graded_detector_is_livekits_own() -> None:
    handling, endpointing = with_patience({"turn_detection": inference.TurnDetector(version="v1-mini")}, "normal")
    detector = handling["turn_detection"]
    assert isinstance(detector, inference.TurnDetector)
    assert detector.model == "turn-detector-v1-mini"
    assert TIMEOUT < 1.0
    assert endpointing is not None
    assert handling["endpointing"] == {"mode": "fixed", "min_delay": endpointing.shortest}


class Broken(Opinion):
    async def unlikely_threshold(self, language: Any) -> float:
        raise ValueError("no threshold")


@pytest.mark.slow
def test_a_threshold_that_fails_ends_the_turn_and_is_told() -> None:
    async def scene(wired: Wired, facts: list[Any]) -> None:
        detector = wired.session.turn_detection
        assert isinstance(detector, GradedDetector)
        await wired.turn()
        assert ["could not be chosen" in fact.text for fact in facts if isinstance(fact, Warned)] == [True]

    call(scene, lambda: CERTAIN, stream=Broken)


@pytest.mark.parametrize("detection", [inference.TurnDetector(version="v1-mini"), "vad"], ids=["v1-mini", "vad"])
async def test_a_simulated_call_has_the_options_from_before(detection: Any) -> None:
    from offhook.testing.simulation.model_replacement import without_turn_model

    plain: Any = {"turn_detection": detection, "interruption": {"mode": "vad"}}
    graded, _ = with_patience(plain, "normal")
    assert without_turn_model({"turn_handling": graded}, always=True) == without_turn_model(
        {"turn_handling": plain}, always=True
    )


@pytest.mark.parametrize("detection", [inference.TurnDetector(version="v1-mini"), "vad"], ids=["v1-mini", "vad"])
async def test_a_session_of_ones_own_is_graded_if_somebody_asks(detection: Any) -> None:
    session: AgentSession[Any] = AgentSession(turn_handling={"turn_detection": detection})
    grade_session(session, "patient")
    assert isinstance(session.turn_detection, GradedDetector | TranscriptDetector)
    assert session.options.endpointing["min_delay"] == 0.4
    assert endpointing_of(session) is not None


@pytest.mark.parametrize(("detection", "preset"), [("manual", "normal"), ("stt", "normal"), ("vad", "slow")])
async def test_a_session_that_cannot_be_graded_is_refused(detection: Any, preset: Any) -> None:
    session: AgentSession[Any] = AgentSession(turn_handling={"turn_detection": detection})
    with pytest.raises(PlanError, match="endpointing="):
        grade_session(session, preset)
    assert session.turn_detection == detection


@pytest.mark.slow
def test_a_detector_that_hangs_costs_little_after_the_first_time() -> None:
    async def scene(wired: Wired, facts: list[Any]) -> None:
        endpointing = endpointing_of(wired.session)
        assert endpointing is not None
        endpointing.use(Patience(shortest=0.3, longest=0.3), once=False, by="test")
        first, second = await wired.turn(), await wired.turn()
        assert first - second == pytest.approx(0.6, abs=0.3)

    call(scene, None)


@pytest.mark.slow
def test_a_final_transcript_after_the_wait_ends_the_turn_at_once() -> None:
    from offhook.testing.faults import deepgram

    async def scene(wired: Wired, facts: list[Any]) -> None:
        usual = await wired.turn()
        deepgram.late(2.0, turn=1).install(wired.sandbox)
        assert 1.0 < await wired.turn() - usual < 2.3
        assert not [fact for fact in facts if isinstance(fact, Warned)]

    call(scene, lambda: CERTAIN)
