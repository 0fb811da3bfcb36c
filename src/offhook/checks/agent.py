"""Checks an agent file. A separate process imports the file, as a worker does."""

import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from offhook.checks.child import output_of
from offhook.checks.finding import Finding, ok, problem, skipped, warning
from offhook.dev.agent_source import old_text
from offhook.dev.code_watch import syntax_error

__all__ = ["ANSWER", "PORT", "Agent", "check_agent", "find_agent_file", "inspect", "unreadable"]

ANSWER = "offhook-agent: "
"""The output line with the inspector's answer begins with this text. All other output of the agent file is ignored."""

USUAL = ("agents/agent.py", "agent.py", "main.py", "app.py")

PORT = 8081
"""The default port of the health check that a worker serves with LiveKit's `start` command."""

TIME = 3.5
"""Maximum seconds for the import of the agent file; `livekit.agents` needs 1.5 s of this time. This limit is shorter
than the time limit of a check, which is `LIMIT` plus `GRACE`.
"""


@dataclass(frozen=True, slots=True)
class Agent:
    """What the agent file defines.

    `variable` is the name of the variable that holds the server; "" for no server. `registered` is True if the server
    has an entrypoint, which is the function for calls. `ours` is True for an `offhook.Server`. `port` is the port of
    the health check.

    `serves` is True if the file made the server with `serve`. In this case, the settings choose the models that a plan
    omits.

    `routes` is the number of routes. `broken_routes` describes routes without a usable plan function.
    `unreachable_routes` describes routes that can never take a call.
    """

    variable: str
    agent_name: str
    registered: bool
    ours: bool
    port: int
    serves: bool = False
    routes: int = 0
    broken_routes: list[str] = field(default_factory=list)
    unreachable_routes: list[str] = field(default_factory=list)


def find_agent_file(given: Path | None, folder: Path) -> Path | None:
    """Return the given file, or the first file of `USUAL` that exists in the folder."""
    return given or next((path for name in USUAL if (path := folder / name).is_file()), None)


async def inspect(
    path: Path | None,
    *,
    environ: Mapping[str, str],
    hide: Callable[[str], str] = lambda text: text,
    limit: float = TIME,
) -> Agent | Finding:
    """Import the file as LiveKit does. Return what the file defines, or the problem.

    Args: path: the agent file. environ: the environment for the import. hide: removes secrets from the file's error
    output. `hide` gets the whole output at once, because `hide` cannot find a secret that is split over two lines.
    limit: maximum seconds for the import.
    """
    if path is None:
        return skipped("no agent file named; check one with: offhook check AGENT_FILE")
    if (bad := unreadable(path)) is not None:
        return bad
    found = await output_of((sys.executable, "-m", "offhook.checks.inspector", str(path)), environ, limit)
    if found is None:
        todo = "move slow work (models, requests) out of the module's top level, or try again on an idle machine"
        return warning(f"the import of {path} takes more than {limit:g} s", todo)
    return _read(found.out, hide(found.errors), path)


def check_agent(found: Agent | Finding, path: Path | None, environ: Mapping[str, str]) -> Finding:
    """Report whether LiveKit finds a server in the file, and which calls LiveKit dispatches to the server."""
    if isinstance(found, Finding):
        return found
    if not found.variable:
        return problem(f"{path} has no module-level AgentServer", "write: server = serve(plan)")
    if not found.registered:
        return problem(f"`{found.variable}` in {path} answers no calls", "write serve(plan), or add an rtc_session")
    if found.broken_routes:
        return problem(f"{path}: {'; '.join(found.broken_routes)}", "correct the name of the plan function")
    if found.unreachable_routes:
        text = "move it before the route that takes its calls, or remove it; see: offhook routes explain"
        return warning(f"{path}: {'; '.join(found.unreachable_routes)}", text)
    whose = "" if found.ours else " (LiveKit's own AgentServer)"
    routes = f", {found.routes} routes" if found.routes else ""
    return ok(f"{path}: `{found.variable}`{whose}{routes}, {_dispatch(found, environ)}")


def unreadable(path: Path) -> Finding | None:
    """Return the problem of a file that does not exist, cannot be compiled, or is for livekit-agents 0.x; otherwise
    None.
    """
    if not path.is_file():
        return problem(f"there is no agent file {path}", "name the file that has a module-level `server`")
    wrong = syntax_error(path)
    if wrong is None and (old := old_text(path)) is not None:
        detail, _, todo = old.partition("; ")
        return problem(detail, todo)
    return problem(f"{path}{wrong}", "fix the error") if wrong is not None else None


def _dispatch(found: Agent, environ: Mapping[str, str]) -> str:
    """Describe which calls LiveKit dispatches to the agent.

    As in LiveKit, LIVEKIT_AGENT_NAME_OVERRIDE replaces the name in the file, and LIVEKIT_AGENT_NAME is used if the file
    has no name.
    """
    forced, default = environ.get("LIVEKIT_AGENT_NAME_OVERRIDE"), environ.get("LIVEKIT_AGENT_NAME")
    name = forced or found.agent_name or default
    if not name:
        return "no agent name: dispatched to every new room automatically"
    source = "LIVEKIT_AGENT_NAME_OVERRIDE" if forced else "" if found.agent_name else "LIVEKIT_AGENT_NAME"
    return f'agent name "{name}"{f" ({source})" if source else ""}: explicit dispatch only'


def _read(out: str, errors: str, path: Path) -> Agent | Finding:
    for line in reversed(out.splitlines()):
        if line.startswith(ANSWER):
            return Agent(**json.loads(line.removeprefix(ANSWER)))
    if (
        own_errors := re.findall(r"^offhook: (.*)\Z", errors, re.MULTILINE | re.DOTALL)
    ) and "Traceback" not in own_errors[-1]:
        return problem(f"{path} cannot be imported: {own_errors[-1]}", "follow the error text")
    lines = [line for line in errors.splitlines() if line.strip()]
    where = re.findall(rf'File "{re.escape(str(path.resolve()))}", line (\d+)', errors)
    at = f" line {where[-1]}" if where else ""
    what = lines[-1].strip() if lines else "the file ends the program"
    return problem(
        f"{path}{at} cannot be imported: {what}", f"fix the error; see the full traceback with: python {path}"
    )
