"""Looks at an agent file the way a worker does, in a process of its own."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from offhook.checks.finding import Finding, ok, problem, skipped, warning
from offhook.dev.reload import trouble

__all__ = ["ANSWER", "PORT", "Agent", "find_agent_file", "inspect", "look_at_agent"]

ANSWER = "offhook-agent: "
"""Before the answer of the inspecting process, so that whatever the file prints is not taken for it."""

USUAL = ("agents/agent.py", "agent.py", "main.py", "app.py")

PORT = 8081
"""Where LiveKit's `start` answers health checks, unless told otherwise."""

TIME = 3.5
"""Seconds for importing it, livekit.agents included, which takes 1.5; less than any check may take."""


@dataclass(frozen=True, slots=True)
class Agent:
    """What the file defines: the name of its server variable, the agent name that it asks for, its health port."""

    variable: str
    agent_name: str
    registered: bool
    ours: bool
    port: int


def find_agent_file(given: Path | None, folder: Path) -> Path | None:
    """The file named, or the first of the usual ones."""
    return given or next((path for name in USUAL if (path := folder / name).is_file()), None)


async def inspect(
    path: Path | None,
    *,
    environ: Mapping[str, str],
    hide: Callable[[str], str] = lambda text: text,
    limit: float = TIME,
) -> Agent | Finding:
    """Import the file as LiveKit does; what is wrong with it, if anything is.

    Args:
        path: the agent file.
        environ: the environment it is imported in.
        hide: takes secrets out of what the file says, before a line of it is chosen: half a secret is none it knows.
        limit: seconds that the import may take.

    """
    if path is None:
        return skipped("no agent file named; check one with: offhook check AGENT_FILE")
    if (bad := _unreadable(path)) is not None:
        return bad
    command = (sys.executable, "-m", "offhook.checks.inspector", str(path))
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    child = await asyncio.create_subprocess_exec(
        *command, env=dict(environ), stdin=nothing, stdout=pipe, stderr=pipe, start_new_session=True
    )
    try:
        async with asyncio.timeout(limit):
            out, errors = await child.communicate()
    except TimeoutError:
        todo = "move slow work (models, requests) out of the module's top level, or try again on an idle machine"
        return warning(f"{path} is not imported after {limit:g} s", todo)
    finally:
        await _stop(child)
    return _read(out.decode(errors="replace"), hide(errors.decode(errors="replace")), path)


def look_at_agent(found: Agent | Finding, path: Path | None, environ: Mapping[str, str]) -> Finding:
    """Whether LiveKit finds a server in the file, and which calls come to it."""
    if isinstance(found, Finding):
        return found
    if not found.variable:
        return problem(f"{path} has no module-level AgentServer", "write: server = serve(plan)")
    if not found.registered:
        return problem(f"`{found.variable}` in {path} answers no calls", "give it a plan, or an rtc_session")
    whose = "" if found.ours else " (LiveKit's own AgentServer)"
    return ok(f"{path}: `{found.variable}`{whose}, {_dispatch(found, environ)}")


def _unreadable(path: Path) -> Finding | None:
    if not path.is_file():
        return problem(f"there is no agent file {path}", "name the file that has a module-level `server`")
    wrong = trouble(path)
    return problem(f"{path}{wrong}", "mend it") if wrong is not None else None


def _dispatch(found: Agent, environ: Mapping[str, str]) -> str:
    """Which calls come to it; the environment's names go as LiveKit takes them."""
    forced, default = environ.get("LIVEKIT_AGENT_NAME_OVERRIDE"), environ.get("LIVEKIT_AGENT_NAME")
    name = forced or found.agent_name or default
    if not name:
        return "no agent name: comes to every new room by itself"
    source = "LIVEKIT_AGENT_NAME_OVERRIDE" if forced else "" if found.agent_name else "LIVEKIT_AGENT_NAME"
    return f'agent name "{name}"{f" ({source})" if source else ""}: comes only when it is sent for'


def _read(out: str, errors: str, path: Path) -> Agent | Finding:
    for line in reversed(out.splitlines()):
        if line.startswith(ANSWER):
            return Agent(**json.loads(line.removeprefix(ANSWER)))
    if (said := re.findall(r"^offhook: (.*)\Z", errors, re.MULTILINE | re.DOTALL)) and "Traceback" not in said[-1]:
        return problem(f"{path} cannot be imported: {said[-1]}", "do what it says")
    lines = [line for line in errors.splitlines() if line.strip()]
    where = re.findall(rf'File "{re.escape(str(path.resolve()))}", line (\d+)', errors)
    at = f" line {where[-1]}" if where else ""
    what = lines[-1].strip() if lines else "it ends the program"
    return problem(f"{path}{at} cannot be imported: {what}", f"mend it; see all of it with: python {path}")


async def _stop(child: asyncio.subprocess.Process) -> None:
    """End the whole group: an agent file may have started programs."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    await child.wait()
