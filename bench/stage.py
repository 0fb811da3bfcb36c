"""Where it is measured: one livekit-server and the workers on it, each a process of its own."""

import itertools
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.agents import NAMES
from offhook.dev.server import LocalServer
from offhook.testing.caller import Caller
from offhook.testing.worker import Worker, running_worker

__all__ = ["ROOT", "Stage", "tell"]

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

    def new_room(self) -> str:
        return f"bench-{time.time_ns():x}-{next(self.numbers)}"

    @contextmanager
    def worker(self, agent: str, *options: str, **variables: str) -> Iterator[Worker]:
        """Run one of the two agents until the block ends."""
        file = ROOT / "bench" / "agents" / f"{agent}.py"
        environ = {**self.environ, **self.server.variables(), **variables}
        with running_worker(file, environ, *options) as worker:
            yield worker
