"""Scenarios of telephone calls: each runs on the wire (`tests/sip`) and with an emulated phone (`tests/live`)."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import numpy as np
from tests.live.conftest import Stage
from tests.sip.agents.wire import GOODBYE, GREETING

from offhook.client import Client
from offhook.models.offline.voice import render
from offhook.testing.live.hearing import SoundOnset, Utterance
from offhook.testing.speech import RATE, Samples, voiced

__all__ = ["Line", "Place"]


class Line(Protocol):
    """What a caller can do and hear: `offhook.testing.Caller` and `SipLeg` both have it."""

    @property
    def heard(self) -> Sequence[Utterance]: ...
    @property
    def ended_at(self) -> float | None: ...

    async def hears(self, *, timeout: float = 10.0, since: float | None = None) -> SoundOnset: ...  # noqa: ASYNC109  # as in Caller
    async def quiet(self, *, for_: float = 0.5, timeout: float = 30.0) -> float: ...  # noqa: ASYNC109  # as in Caller
    async def press(self, digits: str, /) -> None: ...
    async def ended(self, timeout: float = 10.0) -> str: ...  # noqa: ASYNC109  # as in Caller
    async def hang_up(self) -> None: ...


class Place(Protocol):
    """Where calls are made. `ends` has what a caller's side says of each end."""

    stage: Stage
    ends: dict[str, str]

    def call(self, dialled: str = "+15550001111", **headers: str) -> AbstractAsyncContextManager[Line]:
        """Call the agent."""
        ...

    def carried(self, pcm: Samples) -> Samples:
        """Return the audio as a caller receives it."""
        ...

    async def room(self, line: Line) -> str:
        """Return the room of this call."""
        ...

    async def answered(self, line: Line) -> float:
        """Wait until the call is answered; returns when."""
        ...


def seconds_of(text: str, place: Place) -> float:
    """The length of this text in the offline voice, as the place carries it."""
    frame = render(text)
    pcm = np.frombuffer(frame.data, np.int16)
    wide = np.interp(np.arange(0, len(pcm), frame.sample_rate / RATE), np.arange(len(pcm)), pcm).astype(np.int16)
    first, last = voiced(place.carried(wide))
    return (last - first) / RATE


def check_whole(heard: Utterance, text: str, place: Place) -> None:
    """Nothing of the line is lost. On a busy machine a pause in the line can make it longer."""
    assert -0.03 < heard.ended_at - heard.started_at - seconds_of(text, place) < 0.3


async def greeted(place: Place, line: Line) -> None:
    answered = await place.answered(line)
    await line.hears(since=answered - 1)
    await line.quiet(for_=0.4)


def client(place: Place) -> Client:
    server = place.stage.server
    return Client(url=server.url, key=server.api_key, secret=server.api_secret, by="scenario")


async def the_greeting_is_heard_from_its_first_sample(place: Place) -> None:
    async with place.call() as line:
        await greeted(place, line)
        (greeting,) = line.heard
        check_whole(greeting, GREETING, place)


async def the_goodbye_is_heard_to_its_end_and_then_the_phone_is_hung_up(place: Place) -> None:
    async with place.call() as line:
        await greeted(place, line)
        room = await place.room(line)
        await line.press("1")
        assert await line.ended() == place.ends["agent"]
        goodbye = line.heard[-1]
        check_whole(goodbye, GOODBYE, place)
        assert line.ended_at is not None
        assert 0.1 < line.ended_at - goodbye.ended_at < 0.6
    assert (await place.stage.over(room))["reason"] == "agent_ended"


async def a_caller_who_hangs_up_leaves_no_room_behind(place: Place) -> None:
    async with place.call() as line:
        await greeted(place, line)
        room = await place.room(line)
        await line.hang_up()
        assert (await place.stage.over(room))["reason"] == "caller_hung_up"
    async with client(place) as opened:
        for _ in range(40):
            if all(one.name != room for one in await opened.api.list_rooms()):
                return
            await asyncio.sleep(0.05)
    raise AssertionError(f"the room {room} is still there after 2 s")


async def a_busy_plan_refuses_the_call_and_nothing_is_heard(place: Place) -> None:
    async with place.call("+15550001112") as line:
        assert await line.ended() == place.ends["busy"]
        assert line.heard == []


async def keys_reach_the_agent_in_order(place: Place) -> None:
    async with place.call() as line:
        await greeted(place, line)
        room = await place.room(line)
        await line.press("79#")
        await place.stage.tells(room, "KeyPressed", digit="#")
        assert [one["digit"] for one in place.stage.bodies(room, "KeyPressed")] == ["7", "9", "#"]


async def only_the_phone_is_hung_up_and_another_person_stays(place: Place) -> None:
    async with place.call() as line:
        await greeted(place, line)
        room = await place.room(line)
        async with place.stage.other(room, "friend") as friend:
            await line.press("2")
            assert await line.ended() == place.ends["leg"]
            assert not friend.left.is_set()
        assert (await place.stage.over(room))["reason"] == "agent_ended"


async def a_caller_who_gives_up_while_it_rings_ends_the_call(place: Place) -> None:
    async with place.call("+15550001113") as line:
        room = await place.room(line)
        await place.stage.tells(room, "CallerFound")
        await line.hang_up()
        assert (await place.stage.over(room))["reason"] == "caller_hung_up"
        assert line.heard == []


SCENARIOS: Sequence[Any] = (
    the_greeting_is_heard_from_its_first_sample,
    the_goodbye_is_heard_to_its_end_and_then_the_phone_is_hung_up,
    a_caller_who_hangs_up_leaves_no_room_behind,
    a_busy_plan_refuses_the_call_and_nothing_is_heard,
    keys_reach_the_agent_in_order,
    only_the_phone_is_hung_up_and_another_person_stays,
    a_caller_who_gives_up_while_it_rings_ends_the_call,
)
