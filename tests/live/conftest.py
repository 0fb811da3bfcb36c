"""Fixtures: a real livekit-server, an agent that is only a participant, and workers with real agents to call."""

import asyncio
import json
import os
import shutil
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
    suppress,
)
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from livekit import api, rtc
from tests.live.machine import processes

from offhook.control.api import connect
from offhook.control.rpc import perform_rpc
from offhook.core.errors import CommandError, JournalError
from offhook.core.record import Record
from offhook.dev.binary import find_or_fetch
from offhook.dev.redis import find_redis, local_redis
from offhook.dev.server import LocalServer, local_server
from offhook.journal.reader import Reader
from offhook.testing import Caller
from offhook.testing.live.worker import Worker, running_worker

AGENTS = Path(__file__).parent / "agents"

CROWDS = ("test_silence_calls.py", "test_ending_trouble.py", "test_chaos.py")
"""Files that hold many calls at once: they run one after the other, in the first process."""
LONG = (
    "test_page_contract.py",
    "test_call_agents.py",
    "test_init.py",
    "test_dev.py",
    "test_worker_outage.py",
    "test_page.py",
    "test_newcomer.py",
    "test_dockerfile.py",
    "test_worker_ends.py",
    "test_listen_page.py",
    "test_cloud_preset.py",
    "test_webhooks.py",
    "test_warm_transfer.py",
    "test_worker_journal.py",
    "test_call_command.py",
    "test_worker_burst.py",
    "test_worker_commands.py",
    "test_watch.py",
    "test_postgres.py",
)
"""Files that start first: some take long, and the tests of some share calls that are to be played once only."""


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Choose the number of test processes for `-n auto`: too many tests at once starve the voice detector."""
    return 1 if config.option.markexpr == "exact" else processes()


@pytest.hookimpl(trylast=True)  # after -m has chosen
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the tests: xdist gives each process one stretch of them, and each stretch begins with long files."""
    shares: list[list[pytest.Item]] = [[] for _ in range(int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))]
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path.name, []).append(item)
    shares[0] += [item for name in CROWDS for item in files.pop(name, ())]
    for turn, name in enumerate((one for one in LONG if one in files), 1):
        shares[turn % len(shares)] += files.pop(name)
    for tests in sorted(files.values(), key=len, reverse=True):
        min(shares, key=len).extend(tests)
    items[:] = [item for share in shares for item in share]


def pytest_report_header() -> list[str]:
    missing = "redis-server is not on PATH: THE TESTS WITH SIP TRUNKS AND DISPATCH RULES ARE SKIPPED"
    return [] if shutil.which("redis-server") else [missing]


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[STATUS] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Exit without Python's shutdown: livekit-rtc's native threads sometimes abort the process there (1.8.9).

    A process of xdist has sent its last message here: xdist sends the message when the session finishes. The process
    that distributes the tests starts no native threads, and has to end the others.
    """
    distributes = bool(getattr(config.option, "numprocesses", None))
    if not distributes and STATUS in config.stash:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash[STATUS])


STATUS = pytest.StashKey[int]()


@pytest.fixture(scope="session")
def livekit_binary() -> Path:
    chosen = os.environ.get("OFFHOOK_LIVEKIT_SERVER")
    return find_or_fetch(
        Path(chosen) if chosen else None,
        environ=dict(os.environ),
        progress=lambda line: print(line, file=sys.__stderr__, flush=True),
    )


@pytest.fixture(scope="session")
def livekit(livekit_binary: Path) -> Iterator[LocalServer]:
    """The server as `offhook dev` runs it: jobs are dispatched at any load."""
    with local_server(livekit_binary) as server:
        yield server


@pytest.fixture(scope="session")
def livekit_as_shipped(livekit_binary: Path) -> Iterator[LocalServer]:
    """A server with LiveKit's default limit: no dispatch to a worker with a load over 0.7."""
    with local_server(livekit_binary, target_load=0.7) as server:
        yield server


@pytest.fixture(scope="session")
def livekit_with_redis(livekit_binary: Path) -> Iterator[LocalServer]:
    """A server that stores SIP trunks and dispatch rules."""
    if shutil.which("redis-server") is None and not os.environ.get("CI"):
        pytest.skip("redis-server is not on PATH")
    with local_redis(find_redis(os.environ)) as redis, local_server(livekit_binary, redis=redis) as server:
        yield server


@pytest.fixture
def room() -> str:
    """A room name that no other test uses."""
    return f"test-{uuid.uuid4().hex[:10]}"


async def reached(livekit: LocalServer, room: str, identity: str) -> None:
    """Wait until data reaches the participant: data sent in the first 20 ms may be lost without an error."""
    async with asyncio.timeout(10), connect(url=livekit.url, key=livekit.api_key, secret=livekit.api_secret) as server:
        while True:
            with suppress(CommandError):
                await perform_rpc(server, room=room, identity=identity, method="ready", payload="", timeout_ms=500)
                return


@pytest.fixture
def agent_in(livekit: LocalServer) -> Callable[..., AbstractAsyncContextManager[rtc.Room]]:
    """Joins a room as a participant of kind agent, without a worker."""

    @asynccontextmanager
    async def join(room: str, *, identity: str = "agent-1", name: str = "desk") -> AsyncIterator[rtc.Room]:
        token = (
            api.AccessToken(livekit.api_key, livekit.api_secret)
            .with_identity(identity)
            .with_kind("agent")
            .with_attributes({"lk.agent.name": name})
            .with_grants(api.VideoGrants(room_join=True, room=room, can_update_own_metadata=True))
        )
        agent = rtc.Room()
        await agent.connect(livekit.url, token.to_jwt())
        agent.local_participant.register_rpc_method("ready", lambda _call: "yes")
        try:
            await reached(livekit, room, identity)
            yield agent
        finally:
            await agent.disconnect()

    return join


@dataclass(frozen=True, slots=True)
class Stage:
    """A worker that takes calls, and its journal."""

    server: LocalServer
    worker: Worker
    journal: Path
    agent: str | None
    calls: dict[str, str] = field(default_factory=dict)
    """The call of each room; to search for it in every look at the journal would keep a processor busy."""

    def caller(self, room: str, *, metadata: str | None = None, **options: object) -> Caller:
        """A caller for whom the agent is dispatched; `options` become the metadata that agents/stage.py reads."""
        server = {"url": self.server.url, "api_key": self.server.api_key, "api_secret": self.server.api_secret}
        participant = {name: options.pop(name) for name in ("identity", "phone") if name in options}
        data = metadata if metadata is not None else json.dumps(options) if options else ""
        return Caller(**server, room=room, agent=self.agent, metadata=data, **participant)  # type: ignore[arg-type]  # by name

    def other(self, room: str, identity: str) -> Caller:
        """Another participant, for whom no agent is dispatched."""
        server = {"url": self.server.url, "api_key": self.server.api_key, "api_secret": self.server.api_secret}
        return Caller(**server, room=room, identity=identity)

    def records(self, room: str, **chosen: Any) -> list[Record]:
        """The journal records of the call in this room so far; `chosen` is for the reader."""
        with suppress(JournalError), Reader(self.journal) as reader:
            if room not in self.calls:
                self.calls.update({one.room: one.call for one in reversed(reader.calls(50)) if one.room == room})
            return reader.records(self.calls[room], **chosen) if room in self.calls else []
        return []

    async def tells(self, room: str, name: str, *, after: int = -1, timeout: float = 10.0, **body: object) -> Record:  # noqa: ASYNC109  # the error shows the journal
        """Wait for the first record with this name and body after record `after`."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            for one in self.records(room, after=after, names=[name]):
                if body.items() <= one.body.items():
                    return one
            await asyncio.sleep(0.05)
        story = "\n".join(f"{one.elapsed:8.3f} {one.name} {dict(one.body)}" for one in self.records(room))
        raise AssertionError(
            f"no {name} {body} within {timeout:g} s; the journal has:\n{story}\n{self.worker.tail(15)}"
        )

    async def over(self, room: str) -> dict[str, object]:
        """Wait for the end of the call; returns the body of its `Ended` record."""
        return dict((await self.tells(room, "Ended")).body)

    def bodies(self, room: str, name: str) -> list[dict[str, object]]:
        return [dict(one.body) for one in self.records(room) if one.name == name]

    def said(self, room: str, role: str = "assistant") -> list[object]:
        """The conversation's messages of this role."""
        return [one["text"] for one in self.bodies(room, "MessageCommitted") if one["role"] == role]


@contextmanager
def staged(
    file: Path, server: LocalServer, journal: Path, agent: str | None, *options: str, **environ: str
) -> Iterator[Stage]:
    """Run a worker with this agent file, the offline models and no provider keys."""
    # Tests run in parallel: two workers with LiveKit's default port cannot start. `dev` takes any free port.
    assert "--dev" in options or "port=0" in file.read_text(), f"{file} must ask for any free port: serve(…, port=0)"
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("OFFHOOK_", "LIVEKIT_"))}
    offline = {"OFFHOOK_PRESET": "offline", "OFFHOOK_JOURNAL": str(journal)}
    with running_worker(file, {**plain, **offline, **environ, **server.variables()}, *options) as worker:
        yield Stage(server, worker, journal, agent)


@pytest.fixture(scope="session")
def stage(livekit: LocalServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A worker with the agent of agents/stage.py, which plays the call that its metadata describes."""
    journal = tmp_path_factory.mktemp("stage") / "journal.db"
    with staged(AGENTS / "stage.py", livekit, journal, "stage", OFFHOOK_PLAN_TIMEOUT="2") as running:
        yield running


@pytest.fixture(scope="session")
def worker_for(livekit: LocalServer) -> Callable[..., AbstractContextManager[Stage]]:
    """Runs a worker with another agent file while a `with` block lasts."""
    return lambda file, journal, agent=None, *options, **environ: staged(
        file, livekit, journal, agent, *options, **environ
    )


@pytest.fixture(scope="session")
def worker_on() -> Callable[..., AbstractContextManager[Stage]]:
    """Like `worker_for`, but on a given server and with a given agent name."""

    def run(
        file: Path, server: LocalServer, journal: Path, agent: str = "", *options: str, **environ: str
    ) -> AbstractContextManager[Stage]:
        return staged(file, server, journal, agent or None, *options, LIVEKIT_AGENT_NAME=agent, **environ)

    return run
