"""Where it is measured: one livekit-server and the workers on it, each a process of its own."""

import itertools
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.agents import NAMES
from offhook.dev.server import LocalServer
from offhook.testing.caller import Caller
from offhook.testing.hearing import Heard
from offhook.testing.waiting import WaitedInVainError
from offhook.testing.worker import Worker, running_worker

__all__ = ["ROOT", "Stage", "tell"]

_GREETED = 20.0
ROOT = Path(__file__).resolve().parent.parent


def tell(line: str) -> None:
    """Progress, for whoever waits."""
    print(line, file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True)
class Stage:
    """One run of the bench."""

    server: LocalServer
    environ: Mapping[str, str]
    journal: Path
    stack: ExitStack
    workers: dict[str, Worker] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def caller(self, agent: str | None, *, metadata: str = "", room: str = "", identity: str = "caller") -> Caller:
        """A caller in a new room, for whom that agent is sent."""
        return Caller(
            url=self.server.url,
            api_key=self.server.api_key,
            api_secret=self.server.api_secret,
            room=room or self.new_room(),
            identity=identity,
            agent=NAMES[agent] if agent else None,
            metadata=metadata,
        )

    async def greeted(self, caller: Caller, agent: str) -> Heard:
        """Wait for the greeting; without one, the worker's last lines tell why."""
        try:
            return await caller.hears(since=caller.joined_at, timeout=_GREETED)
        except WaitedInVainError as error:
            said = self.workers[agent].tail(12) if agent in self.workers else ""
            raise WaitedInVainError(f"{agent} did not greet: {error}\nits worker's last lines:\n{said}") from error

    def new_room(self) -> str:
        return f"bench-{time.time_ns():x}-{next(self.numbers)}"

    def worker(self, agent: str) -> Worker:
        """The worker of one of the two agents in production; it starts once and stays until the bench ends."""
        if agent not in self.workers:
            tell(f"starting the worker of {agent}")
            self.workers[agent] = self.stack.enter_context(self.new_worker(agent))
        return self.workers[agent]

    @contextmanager
    def new_worker(self, agent: str, *options: str, **variables: str) -> Iterator[Worker]:
        """A worker for the block alone; calls go to any worker of that agent, so there must be no other."""
        if agent in self.workers:
            raise RuntimeError(f"{agent} is running already; measure starts first")
        file = ROOT / "bench" / "agents" / f"{agent}.py"
        with running_worker(file, {**self.environ, **self.server.variables(), **variables}, *options) as worker:
            yield worker
