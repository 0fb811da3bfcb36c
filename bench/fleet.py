"""Runs many calls on several workers. Each worker has its own journal, and each caller is a participant in a room."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil
from livekit import rtc

from bench.agents.remote import NAME
from bench.stage import Stage, tell
from offhook.control.find import AgentInRoom
from offhook.core.errors import OffhookError
from offhook.journal.reader import Reader
from offhook.testing.live.caller import Caller
from offhook.testing.live.worker import Worker
from offhook.tokens import room_token

__all__ = ["Desk", "Fleet", "Running"]

AGENT = "remote"
_AT_ONCE = 1
"""The number of calls that start at the same time. The start of one call uses about two seconds of CPU time."""
_JOINS, _ATTEMPTS = 60.0, 3
"""Seconds within which the agent must speak or listen, and the maximum number of attempts to start a call. A busy
worker sometimes loses a job.
"""
_STATE, _STARTED = "lk.agent.state", ("speaking", "listening")


@dataclass
class Desk:
    """One worker of the fleet."""

    worker: Worker
    journal: Path
    stack: ExitStack

    @property
    def jobs(self) -> list[psutil.Process]:
        """The job processes of this worker's calls. No other child process has UDP sockets."""
        every = psutil.Process(self.worker.process.pid).children(recursive=True)
        return [one for one in every if one.is_running() and one.net_connections("udp")]


@dataclass(frozen=True, slots=True)
class Running:
    """One call, and the worker that runs it."""

    agent: AgentInRoom
    desk: Desk


@dataclass
class Fleet:
    """Two or more workers and their calls. The agent speaks only in the first call. In the other calls, the agent sends
    text, because even a silent audio track uses three percent of a CPU core.
    """

    stage: Stage
    desks: list[Desk] = field(default_factory=list)
    calls: list[Running] = field(default_factory=list)
    caller: Caller | None = None
    _people: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def __aenter__(self) -> Self:
        for _ in range(2):
            await self.add_worker()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._people.aclose()
        for desk in self.desks:
            desk.stack.close()

    async def add_worker(self) -> Desk:
        """Start one more worker."""
        stack = self.stage.stack.enter_context(ExitStack())
        journal = self.stage.journal.with_name(f"journal-{len(self.desks)}.db")
        tell(f"remote: starting worker {len(self.desks) + 1}")
        new = self.stage.new_worker(AGENT, OFFHOOK_JOURNAL=str(journal), OFFHOOK_CAPACITY="60")
        worker = await asyncio.to_thread(stack.enter_context, new)  # so that the event loop can still send commands
        self.desks.append(Desk(worker, journal, stack))
        return self.desks[-1]

    async def grow(self, count: int) -> None:
        """Start calls until `count` calls run."""
        tell(f"remote: starting calls until {count} run")
        lanes = asyncio.Semaphore(_AT_ONCE)

        async def one(number: int) -> str:
            async with lanes:
                return await (self._spoken() if number == 0 else self._seated())

        rooms = await asyncio.gather(*(one(number) for number in range(len(self.calls), count)))
        for room in rooms:
            self.calls.append(self._running(room))

    async def _spoken(self) -> str:
        """Start the call in which the agent speaks, and return its room."""
        server = self.stage.server
        caller = Caller(
            url=server.url,
            api_key=server.api_key,
            api_secret=server.api_secret,
            room=self.stage.new_room(),
            agent=NAME,
        )
        self.caller = await self._people.enter_async_context(caller)
        await caller.hears(since=caller.joined_at, timeout=_JOINS)
        return caller.room

    async def _seated(self) -> str:
        """Start a call in which the agent sends text, and return its room. The caller ignores the text."""
        for _ in range(_ATTEMPTS):
            room, person = self.stage.new_room(), rtc.Room()
            self._people.push_async_callback(person.disconnect)
            if await self._answered(room, person):
                return room
            tell(f"remote: no agent spoke in {room} within {_JOINS:.0f} s; another call is started")
        raise OffhookError(f"the calls do not start; a worker's last lines:\n{self.desks[0].worker.tail()}")

    async def _answered(self, room: str, person: rtc.Room) -> bool:
        """Join the room as the caller, and wait until the agent speaks or listens. Return False after 60 s."""
        server, changed = self.stage.server, asyncio.Event()
        token = room_token(
            api_key=server.api_key,
            api_secret=server.api_secret,
            room=room,
            identity="caller",
            role="caller",
            agent=NAME,
            metadata="text",
        )
        person.on("participant_connected", lambda _: changed.set())
        person.on("participant_attributes_changed", lambda *_: changed.set())
        await person.connect(server.url, token)
        try:
            async with asyncio.timeout(_JOINS):
                while not any(one.attributes.get(_STATE) in _STARTED for one in person.remote_participants.values()):
                    await changed.wait()
                    changed.clear()
        except TimeoutError:
            return False
        return True

    def _running(self, room: str) -> Running:
        """Return the call in this room, with the worker whose journal has the call."""
        for desk in self.desks:
            if not desk.journal.exists():
                continue
            with Reader(desk.journal) as reader:
                for call in reader.calls(limit=200):
                    if call.room == room:
                        return Running(AgentInRoom(room, f"agent-{call.call}", call.call, NAME), desk)
        raise OffhookError(f"no worker has the call in {room}; one worker's last lines:\n{self.desks[0].worker.tail()}")


def cpu(jobs: Sequence[psutil.Process]) -> float:
    """Return the CPU time in seconds that these processes have used so far."""
    return float(sum(one.cpu_times().user + one.cpu_times().system for one in jobs))


def mb(jobs: Sequence[psutil.Process]) -> float:
    """Return the total memory (PSS) of these processes in MB."""
    return float(sum(one.memory_full_info().pss for one in jobs)) / 1e6
