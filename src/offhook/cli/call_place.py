"""Finds the agent that `offhook call` calls: the agent that `dev` runs here, a registered agent, or a new one."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from offhook.core.errors import OffhookError, SettingsError

if TYPE_CHECKING:
    from offhook.settings import Settings
    from offhook.testing.live.worker import Worker

__all__ = ["CallPlace", "WantedAgent", "say", "server_with_agent"]

_OWN_NAME = "offhook-call"
_ERROR = re.compile(r"[\w.]*(Error|Exception)\b.*: ")
"""Matches the last line of a traceback."""


@dataclass(frozen=True, slots=True)
class WantedAgent:
    """The name of the agent to dispatch, and the dispatch metadata."""

    agent: str
    metadata: str


@dataclass(frozen=True, slots=True)
class CallPlace:
    """A LiveKit server on which an agent is available. `agent` is "" for an agent that joins every new room."""

    environ: Mapping[str, str]
    agent: str
    metadata: str
    worker: "Worker | None" = None

    @property
    def nobody(self) -> str:
        """A text with the possible causes if no agent takes the call."""
        if self.worker is not None:
            return "the worker that was started here did not take it" + (
                "" if self.last_error else ", and logged no error"
            )
        worker = f"is a worker running for {self.environ['LIVEKIT_URL']} and this API key"
        if self.agent:
            return f"{worker}, with exactly this agent_name: {self.agent!r}?"
        return f"{worker}? If the worker has an agent_name, give --agent NAME: a named worker gets no other calls"

    @property
    def last_error(self) -> str:
        """The last line about an exception in the worker's output; "" if there is no such line, or no worker was
        started here.
        """
        lines = [line.strip() for line in self.worker.lines] if self.worker is not None else []
        return next((line for line in reversed(lines) if _ERROR.match(line)), "")


@contextmanager
def server_with_agent(
    agent_file: Path | None, settings: "Settings", environ: Mapping[str, str], wanted: WantedAgent
) -> Iterator[CallPlace]:
    """Yield a server with an agent. If `dev` does not run here and LIVEKIT_URL is not set, start a server and agent."""
    from dotenv import dotenv_values

    from offhook.cli.dev import STATE
    from offhook.dev.run import AGENT_NAME

    local = {name: value or "" for name, value in dotenv_values(STATE).items()}
    if local and _is_up(local):
        say("calling the agent that runs here")
        yield _place({**environ, **local}, wanted, local.get(AGENT_NAME, ""))
    elif environ.get("LIVEKIT_URL"):
        missing = [name for name in ("LIVEKIT_API_KEY", "LIVEKIT_API_SECRET") if not environ.get(name)]
        if missing:
            raise SettingsError(f"LIVEKIT_URL is set without {' and '.join(missing)}; set both, or unset LIVEKIT_URL")
        whom = f"the agent {wanted.agent!r}" if wanted.agent else "an agent without a name"
        say(f"calling {environ['LIVEKIT_URL']}; {whom} must be registered there")
        yield _place(environ, wanted, "")
    else:
        with _own_worker(agent_file, settings, environ, wanted) as place:
            yield place


@contextmanager
def _own_worker(
    agent_file: Path | None, settings: "Settings", environ: Mapping[str, str], wanted: WantedAgent
) -> Iterator[CallPlace]:
    from offhook.checks.agent import find_agent_file
    from offhook.dev.binary import find_or_fetch
    from offhook.dev.run import check_agent_file
    from offhook.dev.server import local_server
    from offhook.dev.worker_status import WorkerStatus
    from offhook.testing.live.worker import running_worker

    file = find_agent_file(agent_file, Path.cwd()) or Path("agent.py")
    check_agent_file(file)
    # LiveKit passes metadata only to an agent with a name. A name in the agent file replaces `_OWN_NAME`.
    named = {"LIVEKIT_AGENT_NAME": _OWN_NAME} if wanted.metadata and not environ.get("LIVEKIT_AGENT_NAME") else {}
    binary = find_or_fetch(settings.livekit_server, environ=environ, cache=settings.cache, progress=say)
    with local_server(binary, progress=say) as server:
        say(f"starting {file}; this takes about 5 seconds")
        around = {**environ, **server.variables()}
        with running_worker(
            file, {**around, **named}, "--dev"
        ) as worker:  # with `--dev`, the health check uses a free port
            status = WorkerStatus()
            for line in list(worker.lines):
                status.on_output(line.encode())
            yield _place(around, wanted, status.state.agent, worker)


def _place(environ: Mapping[str, str], wanted: WantedAgent, name: str, worker: "Worker | None" = None) -> CallPlace:
    agent = wanted.agent or name
    if wanted.metadata and not agent:
        raise OffhookError("metadata goes to an agent with a name; give its agent_name with --agent NAME")
    if agent:
        say(f"dispatching {agent!r}")
    return CallPlace(environ, agent, wanted.metadata, worker)


def _is_up(local: Mapping[str, str]) -> bool:
    """Return True if the server in the state file of `dev` still runs. If `dev` is killed, the state file remains."""
    from offhook.dev.probe import is_ours

    port = int(local["LIVEKIT_URL"].rpartition(":")[2])
    return is_ours(port, key=local["LIVEKIT_API_KEY"], secret=local["LIVEKIT_API_SECRET"])


def say(line: str) -> None:
    """Print a line with a prefix which shows that the line comes from offhook and not from the agent."""
    print(f"offhook: {line}", flush=True)
