"""Makes the picture of `offhook top` with four running calls: `python -m bench.top_picture docs/pictures/top.svg`."""

import asyncio
import io
import os
import re
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from rich.console import Console

from bench.stage import tell
from offhook.cli.remote.top_state import Screen, with_calls
from offhook.cli.remote.top_table import draw
from offhook.cli.remote.words import doing
from offhook.client import Client
from offhook.dev.binary import find_or_fetch
from offhook.dev.server import LocalServer, local_server
from offhook.settings import load_settings
from offhook.testing import Caller, Phone
from offhook.testing.live.worker import running_worker

__all__ = ["main"]

AGENT = Path(__file__).parents[1] / "agents" / "agent.py"
QUESTION = "what are your opening hours"
ROOMS = {
    "front-desk-7": "+15105550100",
    "front-desk-8": "+442079460018",
    "lobby-page": "",
    "night-line-2": "+4930901820",
}
WIDTH, HEIGHT = 110, 10
LOOKS = 200
_FOREIGN = r"@font-face \{.*?\}\s*|<!--.*?-->\s*"
"""Matches the fonts and the comment that rich adds. The program removes both, because they contain addresses of other
servers.
"""


def main(path: Path) -> None:
    """Run the calls and write the picture."""
    settings = load_settings()
    binary = find_or_fetch(settings.livekit_server, environ=dict(os.environ), cache=settings.cache)
    with tempfile.TemporaryDirectory() as folder, local_server(binary) as server:
        journal = {"OFFHOOK_JOURNAL": f"{folder}/journal.db", "OFFHOOK_PRESET": "offline"}
        with running_worker(AGENT, {**os.environ, **journal, **server.variables()}, "--dev"):
            screen = asyncio.run(_screen(server))
    console = Console(record=True, width=WIDTH, height=HEIGHT, file=io.StringIO())
    console.print(draw(screen, WIDTH, HEIGHT))
    picture = re.sub(_FOREIGN, "", console.export_svg(title="offhook top"), flags=re.DOTALL)
    path.write_text(picture, encoding="utf-8")
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


async def _screen(server: LocalServer) -> Screen:
    """Make the calls, let the callers speak, and return the screen that `_lively` finds."""
    async with AsyncExitStack() as stack:
        callers = []
        for room, number in ROOMS.items():
            phone = Phone(number) if number else None
            identity = f"sip_{number}" if number else "web-guest-81"
            caller = Caller(
                url=server.url,
                api_key=server.api_key,
                api_secret=server.api_secret,
                room=room,
                identity=identity,
                phone=phone,
            )
            callers.append(await stack.enter_async_context(caller))
            await caller.hears(since=caller.joined_at, timeout=20)
            tell(f"the agent greets the caller in {room}")
        turn = asyncio.Lock()
        talk = [asyncio.create_task(_talk(caller, turn), name=f"talk in {caller.room}") for caller in callers]
        client = Client(url=server.url, key=server.api_key, secret=server.api_secret, by="night desk")
        async with client:
            screen = await _lively(client)
        for task in talk:
            task.cancel()
        await asyncio.gather(*talk, return_exceptions=True)
    return screen


async def _talk(caller: Caller, turn: asyncio.Lock) -> None:
    """Ask the question repeatedly, and wait for each answer. Only one caller speaks at a time, so that the STT
    recognises each word.
    """
    while True:
        await caller.quiet(for_=0.7, timeout=60)
        async with turn:
            asked = await caller.say(QUESTION)
        await caller.hears(since=asked.ended_at, timeout=60)


async def _lively(client: Client) -> Screen:
    """When the agent has answered in every call, put one call on hold. Return the screen when one call is on hold and
    the calls are in at least three different states, or after `LOOKS` requests.
    """
    held = False
    for _ in range(LOOKS):
        calls = await client.calls()
        if not held and all(one.get("latency") for one in calls):
            held = (await client.call("front-desk-8").quiet("hold")).ok
        if any(one.get("quiet") for one in calls) and len({doing(one) for one in calls}) >= 3:
            break
        await asyncio.sleep(0.2)
    return with_calls(Screen(), calls)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
