"""A change of the endpointing delays counts from the caller's next turn on, where LiveKit uses the delays at all."""

from collections.abc import Callable
from typing import Any

import pytest
from livekit.agents import Agent, AgentSession, inference
from livekit.plugins import openai

from offhook.core.errors import OffhookError, UnsupportedError
from offhook.session.changes.changes import LiveChanges

from .duplex import FakeDuplex
from .wired import Wired, talk

NEARLY = 0.5
"""On a busy machine the sandbox's transcript may come later, and the session counts from it."""


class Detector:
    """A turn detector that is always of this opinion."""

    model = provider = "fake"

    def __init__(self, probability: float) -> None:
        self._probability = probability

    async def unlikely_threshold(self, language: Any) -> float:
        return 0.5

    async def supports_language(self, language: Any) -> bool:
        return True

    async def predict_end_of_turn(self, chat_ctx: Any, *, timeout: float | None = None) -> float:  # noqa: ASYNC109  # LiveKit's signature
        return self._probability


def turns(detection: Any, **more: Any) -> Callable[[str], dict[str, Any]]:
    handling = {"interruption": {"mode": "vad"}, "endpointing": {"min_delay": 0.3}, "turn_detection": detection}
    handling["endpointing"].update(more)

    def make(url: str) -> dict[str, Any]:
        from offhook.models import choose
        from offhook.settings import Settings

        local = {"OFFHOOK_PRESET": "local", "OFFHOOK_LOCAL_URL": f"{url}/v1", "OFFHOOK_LLM": "local/any"}
        return choose(
            Settings(**local, OFFHOOK_STT="deepgram", DEEPGRAM_API_KEY="any", DEEPGRAM_BASE_URL=url)
        ).session | {"turn_handling": handling}

    return make


def realtime(detection: Any, **more: Any) -> Callable[[str], dict[str, Any]]:
    return lambda url: {
        "vad": inference.VAD(model="silero"),
        "llm": openai.realtime.RealtimeModel(api_key="any", base_url=f"{url}/v1", **more),
        "turn_handling": {
            "turn_detection": detection,
            "interruption": {"mode": "vad"},
            "endpointing": {"min_delay": 0.3},
        },
    }


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(turns("vad"), id="vad"),
        pytest.param(realtime("vad"), id="realtime with vad"),
        pytest.param(turns("stt"), id="stt", marks=pytest.mark.slow),
        pytest.param(turns(None), id="none", marks=pytest.mark.slow),
        pytest.param(turns(Detector(0.9)), id="detector", marks=pytest.mark.slow),
        pytest.param(turns("vad", mode="dynamic"), id="dynamic", marks=pytest.mark.slow),
    ],
)
def test_a_longer_min_delay_delays_the_next_answer(make: Callable[[str], dict[str, Any]]) -> None:
    async def scene(now: Wired) -> None:
        before = await now.turn()
        assert now.changes.endpointing(min_delay=2.0) == ""
        assert await now.turn() - before == pytest.approx(1.7, abs=NEARLY)

    talk(scene, make)


@pytest.mark.slow
def test_a_longer_max_delay_counts_for_a_turn_that_the_detector_takes_for_unfinished() -> None:
    async def scene(now: Wired) -> None:
        before = await now.turn()
        assert now.changes.endpointing(max_delay=6.0) == ""
        assert await now.turn() - before == pytest.approx(3.0, abs=NEARLY)

    talk(scene, turns(Detector(0.1)))


def test_a_max_delay_that_nothing_uses_is_told() -> None:
    async def scene(now: Wired) -> None:
        with pytest.raises(UnsupportedError, match="max_delay would have no effect"):
            now.changes.endpointing(max_delay=6.0)
        assert now.changes.endpointing(min_delay=1.0, max_delay=6.0).startswith("max_delay has no effect")

    talk(scene, turns("vad"))


@pytest.mark.slow
def test_the_agents_own_delay_that_is_not_changed_stays() -> None:
    async def scene(now: Wired) -> None:
        before = await now.turn()
        now.changes.endpointing(min_delay=0.5)
        assert await now.turn() - before == pytest.approx(0.0, abs=NEARLY)

    def agent(_: str) -> Agent:
        return Agent(instructions="You are a desk.", turn_handling={"endpointing": {"max_delay": 5.0}})

    talk(scene, turns(Detector(0.1)), agent=agent)


@pytest.mark.parametrize(
    "make",
    [realtime("realtime_llm"), lambda _: {"llm": FakeDuplex()}],
    ids=["realtime", "duplex"],
)
def test_a_model_that_takes_the_turns_itself_ignores_the_delays_and_the_operator_is_told(make: Any) -> None:
    async def scene(now: Wired) -> None:
        with pytest.raises(UnsupportedError, match="decides itself when the caller has finished"):
            now.changes.endpointing(min_delay=2.0)

    talk(scene, make)


@pytest.mark.slow
def test_a_realtime_model_does_not_wait_longer() -> None:
    async def scene(now: Wired) -> None:
        before = await now.turn()
        now.session.update_options(endpointing_opts={"min_delay": 2.0})
        assert await now.turn() - before == pytest.approx(0.0, abs=NEARLY)

    talk(scene, realtime("realtime_llm"))


@pytest.mark.parametrize(
    "bad", [{}, {"min_delay": -1}, {"min_delay": 31}, {"max_delay": float("nan")}, {"min_delay": 4}], ids=str
)
def test_a_bad_delay_is_refused(bad: dict[str, Any]) -> None:
    async def scene(now: Wired) -> None:
        with pytest.raises(OffhookError):
            now.changes.endpointing(**bad)

    talk(scene, turns(Detector(0.1)))


async def test_a_session_that_does_not_run_cannot_change() -> None:
    changes = LiveChanges(AgentSession(), lambda _: None)
    with pytest.raises(OffhookError, match="does not run"):
        changes.endpointing(min_delay=1.0)
