"""The scenes of the chaos benchmark. A scene kills a process or cuts a connection, and then checks the room."""

import asyncio
import os
import random
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field

from livekit import api, rtc

from bench.agents.lasting import SLOW
from bench.chaos_worker import Chaos
from bench.stage import tell
from offhook.control.client import send_command
from offhook.core.commands import EndCommand
from offhook.core.commands.verbs.note import NoteCommand
from offhook.core.ending import Scope
from offhook.core.errors import CommandError, OffhookError
from offhook.testing import Caller

__all__ = ["Seen", "Talk", "job_killed", "partitioned", "terminated", "worker_killed"]

SOON, LATER = 5.0, 25.0
"""The maximum number of seconds that the caller may be alone in the room after a fault. `SOON` is the limit after the
death of the job or of the process group. `LATER` is the limit after other faults.
"""
_POLL = 0.1


@dataclass
class Seen:
    """The results of all scenes."""

    open_rooms: list[str] = field(default_factory=list)
    wrongly_closed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    """Scenes that raised an error."""
    rescue_ms: list[float] = field(default_factory=list)


@dataclass
class Talk:
    """One call: the caller, maybe a colleague, and maybe a second agent. The second agent is in the room before the
    kill, so it does not count as the agent that rescues the call.
    """

    chaos: Chaos
    room: str
    caller: Caller
    colleague: Caller | None
    second: bool
    scope: Scope
    killed_at: float = 0.0
    since: float = 0.0

    @property
    def call(self) -> str:
        return self.chaos.calls(self.room)[0]

    def hit(self) -> None:
        """Store the current time as the time at which the process died."""
        self.killed_at, self.since = time.monotonic(), time.time()

    async def alone(self) -> bool:
        """True if the caller is in the room without a colleague and without an agent that joined after the kill."""
        people, rescued = await self.chaos.people(self.room, since=self.since)
        return people == {"caller"} and not rescued

    async def both_there(self) -> bool:
        return (await self.chaos.people(self.room, since=self.since))[0] == {"caller", "colleague"}

    async def note(self) -> None:
        """Send a note command. If the call accepts the command, the journal must have the command later."""
        call = self.call
        name = f"note {len(self.chaos.accepted)} {time.monotonic_ns()}"
        with suppress(CommandError):
            await send_command(
                self.chaos.api,
                room=self.room,
                identity=f"agent-{call}",
                call=call,
                command=NoteCommand("chaos"),
                by="bench",
                id=name,
            )
            self.chaos.accepted.append((call, name))

    async def end(self, scope: Scope) -> None:
        """Send the command to end the call. There may be no answer, because the agent may leave before it answers."""
        call = self.call
        command = EndCommand(goodbye="", scope=scope)
        with suppress(CommandError):
            await send_command(
                self.chaos.api, room=self.room, identity=f"agent-{call}", call=call, command=command, by="bench"
            )

    async def closed(self, within: float, seen: Seen) -> None:
        """Wait until the caller is no longer alone. If this takes more than `within` seconds after the kill, add the
        room to `seen.open_rooms`.
        """
        until = self.killed_at + within
        while await self.alone():
            if time.monotonic() > until:
                seen.open_rooms.append(self.room)
                return
            await asyncio.sleep(_POLL)


@asynccontextmanager
async def talk(
    chaos: Chaos, dice: random.Random, *, scope: Scope | None = None, slow: bool = False
) -> AsyncIterator[Talk]:
    """Make a call, and yield it when the caller has heard the greeting."""
    chosen: Scope = dice.choice(("room", "room", "agent", "caller")) if scope is None else scope
    room = chaos.stage.new_room()
    second = dice.random() < 0.3
    async with AsyncExitStack() as stack:
        metadata = f"{chosen} {SLOW if slow else ''}"
        caller = await stack.enter_async_context(chaos.caller(room, "caller", metadata, agent=True))
        await caller.hears(since=caller.joined_at, timeout=30)
        colleague = None
        if chosen == "agent":
            colleague = await stack.enter_async_context(chaos.caller(room, "colleague"))
        if second:
            await stack.enter_async_context(_second(chaos, room))
        yield Talk(chaos, room, caller, colleague, second, chosen)


@asynccontextmanager
async def _second(chaos: Chaos, room: str) -> AsyncIterator[None]:
    """Join the room as a second agent, and leave when the block ends. This agent joins before the kill, so it does not
    count as the agent that rescues the call.
    """
    server = chaos.stage.server
    token = (
        api.AccessToken(server.api_key, server.api_secret)
        .with_identity("second")
        .with_kind("agent")
        .with_grants(api.VideoGrants(room_join=True, room=room))
    )
    agent = rtc.Room()
    await agent.connect(server.url, token.to_jwt())
    try:
        yield
    finally:
        await agent.disconnect()


async def job_killed(chaos: Chaos, dice: random.Random, seen: Seen) -> None:
    """Kill the job process during the conversation. In a quarter of the cases, kill the process later: after the agent
    has left the room, while a hook still runs.
    """
    left = dice.random() < 0.25
    async with talk(chaos, dice, scope="agent" if left else None, slow=left) as one:
        await asyncio.sleep(dice.uniform(0, 2))
        await one.note()
        if left:
            await one.end("agent")
            await _hung_up(one)
        else:
            notes = asyncio.gather(*(one.note() for _ in range(3)))
            await asyncio.sleep(dice.uniform(0, 0.03))
        chaos.job(one.call).kill()
        one.hit()
        if left:
            await asyncio.sleep(SOON)
            if not await one.both_there():
                seen.wrongly_closed.append(one.room)
            return
        await _rescued(one, seen)
        await notes
        await one.closed(SOON, seen)
        if one.scope == "agent" and not await one.both_there():
            seen.wrongly_closed.append(one.room)


async def _hung_up(one: Talk) -> None:
    """Wait until the agent has left."""
    agent = f"agent-{one.call}"
    async with asyncio.timeout(10):
        while any(person.identity == agent for person in await one.chaos.api.list_participants(one.room)):  # noqa: ASYNC110  # outside the room, there is no event
            await asyncio.sleep(_POLL)


async def _rescued(one: Talk, seen: Seen) -> None:
    """Wait for a new agent's first words, or for the end of the call."""
    heard = asyncio.ensure_future(one.caller.hears(since=one.killed_at, timeout=SOON))
    ended = asyncio.ensure_future(one.caller.left.wait())
    await asyncio.wait((heard, ended), return_when=asyncio.FIRST_COMPLETED)
    ended.cancel()
    try:
        at = (await heard).started_at if heard.done() else one.caller.ended_at
        seen.rescue_ms.append(((at or time.monotonic()) - one.killed_at) * 1000)
    except OffhookError:
        tell(f"chaos: no agent spoke in {one.room}")
    heard.cancel()
    await asyncio.gather(heard, ended, return_exceptions=True)


async def worker_killed(chaos: Chaos, dice: random.Random, seen: Seen) -> None:
    """Kill the worker's main process, and start the next worker."""
    async with talk(chaos, dice) as one:
        await asyncio.sleep(dice.uniform(0, 2))
        await one.note()
        assert chaos.worker is not None
        chaos.worker.process.kill()
        one.hit()
        await one.closed(LATER, seen)
        if one.scope == "agent" and not await one.both_there():
            seen.wrongly_closed.append(one.room)
        await asyncio.sleep(dice.uniform(0, 5))  # the job process may still run when the next worker starts
        await chaos.start()


async def terminated(chaos: Chaos, dice: random.Random, seen: Seen) -> None:
    """Send SIGTERM to the whole process group of the worker, as systemd does."""
    async with talk(chaos, dice) as one:
        await asyncio.sleep(dice.uniform(0, 2))
        await one.note()
        assert chaos.worker is not None
        os.killpg(chaos.worker.process.pid, signal.SIGTERM)
        one.hit()
        await asyncio.to_thread(chaos.worker.process.wait, 60)
        one.hit()
        await one.closed(SOON, seen)
        if one.scope == "agent" and not await one.both_there():
            seen.wrongly_closed.append(one.room)
        await chaos.start()


async def partitioned(chaos: Chaos, dice: random.Random, seen: Seen) -> None:
    """Cut the TCP connections from the worker and its jobs to the LiveKit server. The callers and the media stay
    connected.
    """
    async with talk(chaos, dice, scope=dice.choice(("room", "caller"))) as one:
        await asyncio.sleep(dice.uniform(0, 2))
        await one.note()
        chaos.cut.cut()
        if dice.random() < 0.5:
            await one.end(one.scope)  # the agent must hang up while its connection is cut
        await asyncio.sleep(dice.uniform(5, 50))
        chaos.cut.mend()
        one.killed_at, one.since = time.monotonic(), 0.0  # every agent that is still in the room counts
        await asyncio.sleep(LATER)
        agents = [one_ for one_ in await chaos.api.list_participants(one.room) if one_.identity.startswith("agent-")]
        people, _ = await chaos.people(one.room, since=0)
        if "caller" in people and not agents:
            seen.open_rooms.append(one.room)
