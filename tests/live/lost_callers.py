"""Callers who can no longer speak or hear, or are gone: frozen, muted, deaf, in a tunnel, dead, removed."""

import asyncio
import json
from typing import Any

from livekit import api, rtc
from tests.live.distant_callers import distant
from tests.live.quiet_callers import WORDS, babble, calls, greeted, making

from offhook.tokens import room_token

__all__ = ["TUNNEL", "deaf", "fades", "freezes", "muted", "mutes", "removed", "thaws", "vanishes"]

TUNNEL = 8.0
LONG = 30.0
"""Seconds that nothing should take, and that a machine with more to do may need."""


async def freezes(stage: Any, room: str) -> None:
    """Its sound stops in the middle of a word, and the track stays."""
    async with calls(stage, room, "impatient", wordless=True) as caller:
        await greeted(caller)
        async with making(caller, babble()):
            await stage.tells(room, "CallerTurned", state="speaking")
            caller.freeze()
            await caller.ended(timeout=25)


async def mutes(stage: Any, room: str) -> None:
    """Is muted in the middle of a word."""
    async with calls(stage, room, "impatient", wordless=True) as caller:
        await greeted(caller)
        async with making(caller, babble()):
            await stage.tells(room, "CallerTurned", state="speaking")
            caller.mute()
            await caller.ended(timeout=25)


async def muted(stage: Any, room: str) -> None:
    """Comes with a muted microphone."""
    async with calls(stage, room, "impatient") as caller:
        caller.mute()
        await caller.ended(timeout=25)


def token(stage: Any, room: str, scene: str) -> str:
    there = {"api_key": stage.server.api_key, "api_secret": stage.server.api_secret}
    metadata = json.dumps({"scene": scene})
    return room_token(**there, room=room, identity="caller", role="caller", agent="silence", metadata=metadata)


async def deaf(stage: Any, room: str) -> None:
    """Receives nobody's sound."""
    client = rtc.Room()
    over = asyncio.Event()
    client.on("disconnected", lambda _: over.set())
    await client.connect(stage.server.url, token(stage, room, "deaf"), rtc.RoomOptions(auto_subscribe=False))
    async with asyncio.timeout(60):
        await over.wait()
    await client.disconnect()


async def vanishes(stage: Any, room: str) -> None:
    """Is gone without a word, as with a dead battery."""
    async with calls(stage, room, "patient") as caller:
        await greeted(caller)
        await caller.vanish()
        await stage.tells(room, "CallerLeft", timeout=50)


async def thaws(stage: Any, room: str) -> None:
    """Gives no sound for a while, though the track is there, and then speaks."""
    async with calls(stage, room, "noise") as caller:
        await greeted(caller)
        caller.freeze()
        asked = await stage.tells(room, "Spoken", tag="silence", timeout=LONG)
        caller.thaw()
        await caller.say(WORDS)
        await stage.tells(room, "Said", role="assistant", text="I hear you.", after=asked.seq, timeout=LONG)


async def fades(stage: Any, room: str) -> None:
    """Goes through a tunnel, and speaks behind it."""
    async with distant(stage, room, json.dumps({"scene": "patient"})) as caller:
        greeting = await stage.tells(room, "Spoken", tag="greeting", timeout=LONG)
        await asyncio.sleep(1)  # what is said by a caller who has just come is what is lost
        caller.fades()
        await asyncio.sleep(TUNNEL)
        caller.returns()
        await stage.tells(room, "LineBack", side="caller", timeout=LONG)
        await caller.say(WORDS)
        await stage.tells(room, "Said", role="assistant", text="I hear you.", after=greeting.seq, timeout=LONG)
        await caller.hang_up()


async def removed(stage: Any, room: str) -> None:
    """Is removed from the room by somebody, which LiveKit's session does not take for an end."""
    async with calls(stage, room, "patient") as caller:
        await greeted(caller)
        there = stage.server
        async with api.LiveKitAPI(there.url, there.api_key, there.api_secret) as server:
            await server.room.remove_participant(api.RoomParticipantIdentity(room=room, identity="caller"))
        await caller.ended(timeout=10)
