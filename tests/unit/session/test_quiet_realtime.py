"""Realtime and duplex models while the agent is quiet."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from livekit import rtc
from livekit.agents import Agent
from livekit.agents.llm import DuplexRealtimeAdapter
from livekit.agents.voice import io

from offhook.core.errors import OffhookError, UnsupportedError

from .duplex import FakeDuplex
from .provided import CHAT, HELLO, PROMPT, REALTIME, Desk, desk, looking, play, realtime, system


class Silence(io.AudioInput):
    """An audio input that sends nothing."""

    def __init__(self) -> None:
        super().__init__(label="silence")

    def __aiter__(self) -> AsyncIterator[rtc.AudioFrame]:
        return self

    async def __anext__(self) -> rtc.AudioFrame:
        await asyncio.Event().wait()
        raise StopAsyncIteration


def by_hand(url: str) -> Any:
    """A Realtime model that answers only when it is asked."""
    return realtime(url, turn_detection=None)


@pytest.mark.parametrize("make", [REALTIME, by_hand])
def test_a_realtime_model_is_asked_for_no_answer_and_answers_again_later(edge: Any, make: Any) -> None:
    async def scene(now: Desk) -> None:
        await now.says("hello")
        await now.call.quiet("mute")
        speech = now.session.generate_reply(user_input="what")
        await speech
        assert (speech.interrupted, len(now.asked)) == (True, 1)
        await now.call.end_quiet()
        await now.says("what")
        assert now.shown == [system(PROMPT), *HELLO, ("user", "what")]

    play(scene, desk(), edge=edge, make=make)


@pytest.mark.parametrize(
    ("make", "context", "hears"),
    [(REALTIME, True, False), (by_hand, True, True), (by_hand, False, False), (CHAT["chat"], False, True)],
    ids=["server", "by hand", "by hand, no context", "pipeline"],
)
def test_a_model_that_would_answer_or_remember_by_itself_hears_nothing(
    edge: Any, make: Any, context: bool, hears: bool
) -> None:
    async def scene(now: Desk) -> None:
        now.session.input.audio = Silence()
        detail = await now.call.quiet("mute", context=context)
        assert now.session.input.audio_enabled == hears
        assert bool(detail) != hears
        assert edge.find("QuietChanged").body["detail"] == detail
        await now.call.end_quiet()
        assert now.session.input.audio_enabled

    play(scene, desk(), edge=edge, make=make)


def test_input_that_the_agents_code_has_switched_off_stays_off(edge: Any) -> None:
    async def scene(now: Desk) -> None:
        now.session.input.audio = Silence()
        now.session.input.set_audio_enabled(False)
        await now.call.quiet("mute")
        await now.call.end_quiet()
        assert not now.session.input.audio_enabled

    play(scene, desk(), edge=edge, make=REALTIME)


def test_the_tool_of_a_realtime_model_goes_on_and_its_result_is_not_spoken(edge: Any) -> None:
    async def work() -> None:
        began.set()
        await asyncio.sleep(5)
        done.append(True)

    async def scene(now: Desk) -> None:
        now.session.generate_reply(user_input="look")
        await began.wait()
        await now.call.quiet("mute")
        await asyncio.sleep(20)
        assert (done, len(now.asked)) == ([True], 1)
        await now.call.end_quiet()
        await now.says("hello")
        assert now.shown[-2:] == [("result", "Nothing there."), ("user", "hello")]

    began, done = asyncio.Event(), list[bool]()
    play(scene, desk(looking(work)), edge=edge, make=REALTIME)


def test_the_next_agents_model_decides_whether_it_may_hear(edge: Any) -> None:
    async def scene(now: Desk) -> None:
        now.session.input.audio = Silence()
        await now.call.quiet("mute")
        assert now.session.input.audio_enabled
        now.session.update_agent(Agent(instructions=PROMPT, llm=REALTIME(now.sandbox.url)))
        await asyncio.sleep(1)
        assert not now.session.input.audio_enabled
        await now.call.end_quiet()
        assert now.session.input.audio_enabled

    play(scene, desk(), edge=edge, make=CHAT["chat"])


def test_a_duplex_model_cannot_be_made_quiet(edge: Any) -> None:
    async def scene(now: Desk) -> None:
        with pytest.raises(UnsupportedError, match="a duplex model"):
            await now.call.quiet("mute")
        assert "QuietChanged" not in edge.names()

    play(scene, desk(), edge=edge, make=lambda _: DuplexRealtimeAdapter(FakeDuplex()))


@pytest.mark.parametrize("mode", ["hold", "takeover"])
def test_without_a_room_nobody_is_put_on_hold_and_nobody_takes_over(edge: Any, mode: Any) -> None:
    async def scene(now: Desk) -> None:
        with pytest.raises(UnsupportedError, match="use mode 'mute'"):
            await now.call.quiet(mode)
        assert "QuietChanged" not in edge.names()

    play(scene, desk(), edge=edge, make=CHAT["chat"])


def test_an_ending_call_is_not_made_quiet(edge: Any) -> None:
    async def scene(now: Desk) -> None:
        now.call.end("Bye.")
        with pytest.raises(OffhookError, match="the call is ending"):
            await now.call.quiet("mute")

    play(scene, desk(), edge=edge, make=CHAT["chat"])


def test_the_agents_own_methods_are_back_after_the_quiet(edge: Any) -> None:
    async def scene(now: Desk) -> None:
        before = dict(vars(now.session.current_agent))
        await now.call.quiet("mute")
        await now.call.end_quiet()
        assert dict(vars(now.session.current_agent)) == before
        await now.call.quiet("mute")
        await now.call.forget()  # wraps the agent's `llm_node` too
        await now.call.end_quiet()
        await now.says("hello")
        await now.call.quiet("mute")
        await now.session.generate_reply(user_input="what")
        await now.call.end_quiet()
        assert len(now.asked) == 1

    play(scene, desk(), edge=edge, make=CHAT["chat"])
