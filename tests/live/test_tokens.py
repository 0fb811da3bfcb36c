"""A token on a real server permits exactly the actions of its role."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from livekit import rtc

from offhook.control.api import connect
from offhook.dev.server import LocalServer
from offhook.tokens import Role, join_token

pytestmark = pytest.mark.live

Source = rtc.TrackSource


class Keys(SimpleNamespace):
    """The keys of a server, in the form of `load_settings()`."""

    def __init__(self, server: LocalServer) -> None:
        secret = SimpleNamespace(get_secret_value=lambda: server.api_secret)
        super().__init__(livekit_api_key=server.api_key, livekit_api_secret=secret)


@asynccontextmanager
async def joined(server: LocalServer, room: str, identity: str, role: Role, **wanted: Any) -> AsyncIterator[rtc.Room]:
    seat = rtc.Room()
    await seat.connect(server.url, join_token(room, identity, keys=Keys(server), role=role, **wanted))
    try:
        yield seat
    finally:
        await seat.disconnect()


async def may(doing: Awaitable[object]) -> bool:
    """True if the server permits the action; otherwise the server refuses or does not answer."""
    try:
        await asyncio.wait_for(doing, 2)
    except (rtc.participant.PublishTrackError, TimeoutError, RuntimeError):
        return False
    return True


async def publish(seat: rtc.Room, source: Any) -> None:
    media: Any = (
        rtc.LocalVideoTrack.create_video_track("eye", rtc.VideoSource(64, 64))
        if source == Source.SOURCE_CAMERA
        else rtc.LocalAudioTrack.create_audio_track("mouth", rtc.AudioSource(48000, 1))
    )
    await seat.local_participant.publish_track(media, rtc.TrackPublishOptions(source=source))


async def arrives(sender: rtc.Room, receiver: rtc.Room) -> bool:
    """True if data of one participant reaches the other within a second."""
    came = asyncio.Event()
    receiver.on("data_received", lambda _packet: came.set())
    deadline = time.monotonic() + 1
    while time.monotonic() < deadline and not came.is_set():
        await may(sender.local_participant.publish_data(b"hello"))
        try:
            await asyncio.wait_for(came.wait(), 0.1)
        except TimeoutError:
            continue
    return came.is_set()


async def test_a_caller_may_publish_a_microphone_and_send_messages_and_nothing_else(
    livekit: LocalServer, room: str
) -> None:
    async with joined(livekit, room, "listener", "listener") as other, joined(livekit, room, "ada", "caller") as seat:
        assert await may(publish(seat, Source.SOURCE_MICROPHONE))
        assert await arrives(seat, other)
        camera, screen = await asyncio.gather(
            may(publish(seat, Source.SOURCE_CAMERA)), may(publish(seat, Source.SOURCE_SCREENSHARE_AUDIO))
        )
        assert (camera, screen) == (False, False)
        async with connect(url=livekit.url, key=livekit.api_key, secret=livekit.api_secret) as api:
            (there,) = [one for one in await api.list_participants(room) if one.identity == "ada"]
        assert [track.source for track in there.tracks] == [Source.SOURCE_MICROPHONE]


@pytest.mark.parametrize(("role", "seen"), [("listener", True), ("monitor", False)])
async def test_a_listener_hears_and_may_neither_speak_nor_write_and_a_monitor_is_not_seen(
    livekit: LocalServer, room: str, role: Role, seen: bool
) -> None:
    async with joined(livekit, room, "ada", "caller") as other, joined(livekit, room, "ears", role) as seat:
        heard = asyncio.Event()
        seat.on("track_subscribed", lambda *_: heard.set())
        await publish(other, Source.SOURCE_MICROPHONE)
        await asyncio.wait_for(heard.wait(), 5)
        assert not await may(publish(seat, Source.SOURCE_MICROPHONE))
        assert not await arrives(seat, other)
        assert ("ears" in other.remote_participants) is seen


async def test_a_token_sends_for_its_agent_with_its_metadata_when_the_room_is_new(
    livekit: LocalServer, room: str
) -> None:
    told = json.dumps({"order": 7})
    async with (
        joined(livekit, room, "ada", "caller", agent="nobody", metadata=told),
        connect(url=livekit.url, key=livekit.api_key, secret=livekit.api_secret) as api,
    ):
        dispatches = await api.services.agent_dispatch.list_dispatch(room)
    assert [(one.agent_name, one.metadata) for one in dispatches] == [("nobody", told)]
