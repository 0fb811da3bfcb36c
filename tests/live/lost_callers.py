"""Callers who can no longer speak or hear, or are gone: frozen, muted, deaf, dead, removed. `-m` is one of them."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from livekit import api, rtc
from tests.live.quiet_callers import babble, calls, greeted, making

from offhook.tokens import room_token

__all__ = ["deaf", "freezes", "muted", "mutes", "removed", "vanishes"]


async def freezes(stage: Any, room: str) -> None:
    """Its sound stops in the middle of a word, and the track stays."""
    async with calls(stage, room, "impatient") as caller:
        await greeted(caller)
        async with making(caller, babble()):
            await stage.tells(room, "CallerTurned", state="speaking")
            caller._microphone._closing = True  # no frame more, and the track stays
            await caller.ended(timeout=25)


async def mutes(stage: Any, room: str) -> None:
    """Is muted in the middle of a word."""
    async with calls(stage, room, "impatient") as caller:
        await greeted(caller)
        async with making(caller, babble()):
            await stage.tells(room, "CallerTurned", state="speaking")
            caller._microphone.track.mute()
            await caller.ended(timeout=25)


async def muted(stage: Any, room: str) -> None:
    """Comes with a muted microphone."""
    async with calls(stage, room, "impatient") as caller:
        caller._microphone.track.mute()
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
    """Is killed without a word, as with a dead battery."""
    command = [sys.executable, "-m", "tests.live.lost_callers", stage.server.url, token(stage, room, "patient")]
    root = Path(__file__).parents[2]
    process = await asyncio.create_subprocess_exec(*command, cwd=root, stdin=subprocess.DEVNULL)
    try:
        await stage.tells(room, "Said", role="assistant", text="Hello.", timeout=30)
    finally:
        process.kill()
        await process.wait()
    await stage.tells(room, "CallerLeft", timeout=50)


async def removed(stage: Any, room: str) -> None:
    """Is removed from the room by somebody, which LiveKit's session does not take for an end."""
    async with calls(stage, room, "patient") as caller:
        await greeted(caller)
        there = stage.server
        async with api.LiveKitAPI(there.url, there.api_key, there.api_secret) as server:
            await server.room.remove_participant(api.RoomParticipantIdentity(room=room, identity="caller"))
        await caller.ended(timeout=10)


async def _sit(url: str, token: str) -> None:
    """Be a caller until killed."""
    room = rtc.Room()
    await room.connect(url, token)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_sit(*sys.argv[1:]))
