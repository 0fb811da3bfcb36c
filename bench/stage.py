"""The setup of a benchmark: one livekit-server and its workers, each in its own process."""

import itertools
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.agents import NAMES, STOCK
from offhook.dev.binary import find_or_fetch
from offhook.dev.redis import LocalRedis
from offhook.dev.server import LocalServer, local_server
from offhook.testing.live.caller import Caller
from offhook.testing.live.hearing import SoundOnset
from offhook.testing.live.waiting import WaitTimeoutError
from offhook.testing.live.worker import Worker, running_worker

__all__ = ["ROOT", "Stage", "open_stage", "tell"]

_GREETED = 20.0
ROOT = Path(__file__).resolve().parent.parent
_ANY_LOAD = 1000.0
"""A load limit that no worker reaches. With LiveKit's default limit, a worker without offhook would get no calls on a
busy machine.
"""


def tell(line: str) -> None:
    """Print progress to stderr."""
    print(line, file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True)
class Stage:
    """The server, the journal and the workers of one run of a benchmark."""

    server: LocalServer
    environ: Mapping[str, str]
    journal: Path
    stack: ExitStack
    workers: dict[str, Worker] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def caller(self, agent: str | None, *, metadata: str = "", room: str = "", identity: str = "caller") -> Caller:
        """Return a caller for this room, or for a new room if `room` is empty. LiveKit dispatches `agent` only to a new
        room.
        """
        return Caller(
            url=self.server.url,
            api_key=self.server.api_key,
            api_secret=self.server.api_secret,
            room=room or self.new_room(),
            identity=identity,
            agent=NAMES[agent] if agent else None,
            metadata=metadata,
        )

    async def greeted(self, caller: Caller, agent: str) -> SoundOnset:
        """Wait for the greeting. If there is no greeting, the error shows the last lines of the worker's log."""
        try:
            return await caller.hears(since=caller.joined_at, timeout=_GREETED)
        except WaitTimeoutError as error:
            said = self.workers[agent].tail(12) if agent in self.workers else ""
            raise WaitTimeoutError(f"{agent} did not greet: {error}\nthe worker's last lines:\n{said}") from error

    def new_room(self) -> str:
        return f"bench-{time.time_ns():x}-{next(self.numbers)}"

    def worker(self, agent: str, **variables: str) -> Worker:
        """Return the production worker of an agent. The first call of this method for an agent starts the worker, with
        `variables` as additional environment variables. Later calls return the same worker and ignore `variables`.
        """
        if agent not in self.workers:
            tell(f"starting the worker of {agent}")
            self.workers[agent] = self.stack.enter_context(self.new_worker(agent, **variables))
        return self.workers[agent]

    @contextmanager
    def new_worker(self, agent: str, *options: str, **variables: str) -> Iterator[Worker]:
        """Run a new worker of an agent until the end of the `with` block.

        The agent must have no other worker, because LiveKit would send some calls to the other worker.
        """
        if agent in self.workers:
            raise RuntimeError(f"{agent} is already running; measure the starts before anything else")
        file = ROOT / "bench" / "agents" / f"{agent}.py"
        environ = {**self.environ, **self.server.variables(), **variables}
        with running_worker(file, environ, *options, by_livekit=agent.endswith(STOCK)) as worker:
            yield worker


def open_stage(stack: ExitStack, redis: LocalRedis | None = None) -> Stage:
    """Start the server and create a journal; both last until the stack is closed. With `redis`, the server can store
    SIP trunks and dispatch rules.
    """
    chosen = os.environ.get("OFFHOOK_LIVEKIT_SERVER")
    binary = find_or_fetch(Path(chosen) if chosen else None, environ=dict(os.environ), progress=tell)
    journal = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="offhook-bench-"))) / "journal.db"
    server = stack.enter_context(local_server(binary, progress=tell, target_load=_ANY_LOAD, redis=redis))
    return Stage(server, _environ(journal), journal, stack)


def _environ(journal: Path) -> dict[str, str]:
    """Return the environment of the workers, without the offhook and LiveKit settings of this machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OFFHOOK_", "LIVEKIT_"))}
    return {
        **kept,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}",
        "OFFHOOK_JOURNAL": str(journal),
        "OFFHOOK_PRESET": "offline",
    }
