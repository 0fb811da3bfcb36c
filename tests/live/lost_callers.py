"""Callers who cannot speak or hear, or are gone: frozen, muted, deaf, in a tunnel, without network, removed."""

import asyncio
import json
from typing import Any

from livekit import api, rtc
from tests.live.distant_callers import distant
from tests.live.quiet_callers import WORDS, babble, calls, greeted, making

from offhook.tokens import room_token

__all__ = ["TUNNEL", "deaf", "fades", "freezes", "muted", "mutes", "removed", "thaws", "vanishes"]

TUNNEL = 5.0
LONG = 30.0
"""A timeout in seconds with a margin for a busy machine."""


async def freezes(stage: Any, room: str) -> None:
    """The caller's audio stops in the middle of a word; the track stays published."""
    async with calls(stage, room, "impatient", wordless=True) as caller:
        await greeted(caller)
        async with making(caller, babble()):
            await stage.tells(room, "CallerStateChanged", state="speaking")
            caller.freeze()
            await caller.ended(timeout=25)


async def mutes(stage: Any, room: str) -> None:
    """The caller is muted in the middle of a word."""
    async with calls(stage, room, "impatient", wordless=True) as caller:
        await greeted(caller)
        async with making(caller, babble()):
            await stage.tells(room, "CallerStateChanged", state="speaking")
            caller.mute()
            await caller.ended(timeout=25)


async def muted(stage: Any, room: str) -> None:
    """The caller joins with a muted microphone."""
    async with calls(stage, room, "impatient") as caller:
        caller.mute()
        await caller.ended(timeout=25)


def token(stage: Any, room: str, scene: str) -> str:
    keys = {"api_key": stage.server.api_key, "api_secret": stage.server.api_secret}
    metadata = json.dumps({"scene": scene})
    return room_token(**keys, room=room, identity="caller", role="caller", agent="silence", metadata=metadata)


async def deaf(stage: Any, room: str) -> None:
    """The caller receives no audio."""
    client = rtc.Room()
    over = asyncio.Event()
    client.on("disconnected", lambda _: over.set())
    await client.connect(stage.server.url, token(stage, room, "deaf"), rtc.RoomOptions(auto_subscribe=False))
    async with asyncio.timeout(60):
        await over.wait()
    await client.disconnect()


async def vanishes(stage: Any, room: str) -> None:
    """The caller loses the network without signalling, as with a dead battery."""
    async with calls(stage, room, "patient") as caller:
        await greeted(caller)
        await caller.drop_network()
        await stage.tells(room, "CallerLeft", timeout=50)


async def thaws(stage: Any, room: str) -> None:
    """The caller sends no audio for a while, with the track published, and then speaks."""
    async with calls(stage, room, "noise") as caller:
        await greeted(caller)
        caller.freeze()
        asked = await stage.tells(room, "LinePlayed", tag="silence", timeout=LONG)
        caller.thaw()
        await caller.say(WORDS)
        await stage.tells(room, "MessageCommitted", role="assistant", text="I hear you.", after=asked.seq, timeout=LONG)


async def fades(stage: Any, room: str) -> None:
    """The caller goes through a tunnel, and speaks after the tunnel."""
    async with distant(stage, room, json.dumps({"scene": "patient"})) as caller:
        greeting = await stage.tells(room, "LinePlayed", tag="greeting", timeout=LONG)
        await asyncio.sleep(1)  # speech right after the join may be lost
        caller.fades()
        await asyncio.sleep(TUNNEL)
        caller.returns()
        await stage.tells(room, "MediaRestored", side="caller", timeout=LONG)
        await caller.say(WORDS)
        await stage.tells(
            room, "MessageCommitted", role="assistant", text="I hear you.", after=greeting.seq, timeout=LONG
        )
        await caller.hang_up()


async def removed(stage: Any, room: str) -> None:
    """The caller is removed from the room by the API, which LiveKit's session does not treat as an end."""
    async with calls(stage, room, "patient") as caller:
        await greeted(caller)
        address = stage.server
        async with api.LiveKitAPI(address.url, address.api_key, address.api_secret) as server:
            await server.room.remove_participant(api.RoomParticipantIdentity(room=room, identity="caller"))
        await caller.ended(timeout=10)
