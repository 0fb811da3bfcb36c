"""Runs one agent file on the developer's machine, with one worker, the code watcher and, if needed, a local server."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from offhook.core.errors import PlanError, SettingsError
from offhook.dev.agent_source import old_text
from offhook.dev.binary import find_or_fetch
from offhook.dev.code_watch import syntax_error
from offhook.dev.server import LocalServer, local_server
from offhook.dev.spawn import spawn, stop_group
from offhook.dev.worker_command import worker_command
from offhook.dev.worker_process import READY, supervise_worker
from offhook.dev.worker_status import WorkerStatus, once

__all__ = ["AGENT_NAME", "PageOptions", "check_agent_file", "publish_name", "run_dev"]

AGENT_NAME = "AGENT_NAME"
"""The variable with the agent's name, in the file that also has the local server's variables."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class PageOptions:
    """Options of the talk page. `port` 0 means any free port.

    The first line of `models` describes the models; the other lines are hints for the user.
    """

    port: int
    journal: Path | None = None
    models: str = ""
    at_ready: Callable[[str], None] = lambda _address: None


def run_dev(  # noqa: PLR0913  # all but the first are keyword-only
    agent_file: Path,
    *,
    environ: Mapping[str, str],
    say: Say,
    binary: Path | None = None,
    cache: Path | None = None,
    state: Path | None = None,
    page: PageOptions | None = None,
    log_level: str = "INFO",
) -> int:
    """Run `agent_file` until a signal stops it; return the exit code.

    Call this function in the main thread, because it handles signals. On Linux, the child processes end when that
    thread ends.

    Args:
        agent_file: a file with a module-level `server`.
        environ: the environment of the worker; without LIVEKIT_URL a local server is started.
        say: is called with each line for the user.
        binary: the livekit-server to run; if None, this function finds or fetches a livekit-server.
        cache: the folder for a fetched livekit-server.
        state: a file for the local server's variables, which other programs read while the server runs.
        page: the options of the talk page; if None, no page is served.
        log_level: the worker's log level. At a level above INFO, the worker does not log that it is ready.

    """
    check_agent_file(agent_file)
    with ExitStack() as stack:
        variables: Mapping[str, str] = {}
        if environ.get("LIVEKIT_URL"):
            _check_livekit_settings(environ)
        else:
            found = find_or_fetch(binary, environ=environ, cache=cache, progress=say)
            server = stack.enter_context(local_server(found, progress=say))
            variables = server.variables()
            stack.enter_context(_published(server, state, say))
        status = WorkerStatus()
        if variables and state is not None:
            named = partial(publish_name, state, status)
            stack.enter_context(status.subscribed(once(lambda: status.state.phase == "ready", named)))
        address = _page(page, agent_file, {**environ, **variables}, stack=stack, status=status, say=say)
        child = spawn(
            worker_command(agent_file, log_level=log_level),
            environ=_worker_environ(environ, variables),
            output=subprocess.PIPE,
        )
        stack.callback(stop_group, child)
        ready = f"Ready. Talk to it at {address} or run: offhook call. Ctrl-C ends it." if address else READY
        return supervise_worker(
            child, agent_file.resolve().parent, say=say, out=sys.stdout.buffer, status=status, ready=ready
        )


def _page(
    options: PageOptions | None,
    agent_file: Path,
    environ: Mapping[str, str],
    *,
    stack: ExitStack,
    status: WorkerStatus,
    say: Say,
) -> str | None:
    """Serve the talk page while the stack is open and return its address; None if there is no page."""
    if options is None:
        return None
    from offhook.dev.page.assets import client, how_to_get_it  # noqa: PLC0415 - only with a page

    livekit_client = client()
    if livekit_client is None:
        say(how_to_get_it())
        return None
    from offhook.dev.page.config import PageConfig  # noqa: PLC0415 - only with a page
    from offhook.dev.page.serve import talk_page  # noqa: PLC0415 - the web server takes 0.2 s to load

    url, key, secret = (environ[f"LIVEKIT_{name}"] for name in ("URL", "API_KEY", "API_SECRET"))
    config = PageConfig(url, key, secret, agent_file.name, options.journal, options.models)
    address = stack.enter_context(talk_page(config, status, livekit_client=livekit_client, port=options.port, say=say))
    stack.enter_context(
        status.subscribed(once(lambda: status.state.phase == "ready", lambda: options.at_ready(address)))
    )
    return address


def check_agent_file(agent_file: Path) -> None:
    """Raise `PlanError` if the file does not exist, cannot be compiled, or is for livekit-agents 0.x."""
    if not agent_file.is_file():
        raise PlanError(f"there is no agent file {agent_file}; name one, such as agents/agent.py")
    error = syntax_error(agent_file)
    if error is not None:
        raise PlanError(f"{agent_file}{error}; fix it and start again")
    if (old := old_text(agent_file)) is not None:
        raise PlanError(old)


def _check_livekit_settings(environ: Mapping[str, str]) -> None:
    missing = [name for name in ("LIVEKIT_API_KEY", "LIVEKIT_API_SECRET") if not environ.get(name)]
    if missing:
        raise SettingsError(
            f"LIVEKIT_URL is set without {' and '.join(missing)}; set all three, "
            "or none of them: then a local server is started"
        )


def _worker_environ(environ: Mapping[str, str], variables: Mapping[str, str]) -> dict[str, str]:
    # LIVEKIT_DEV_MODE would switch the worker to cloud models, but `dev` must run the same models as production.
    kept = {name: value for name, value in environ.items() if name != "LIVEKIT_DEV_MODE"}
    return {**kept, **variables, "OFFHOOK_DEV": "1", "PYTHONUNBUFFERED": "1"}


@contextmanager
def _published(server: LocalServer, state: Path | None, say: Say) -> Iterator[None]:
    """Print the server's variables for other terminals, and write them into a file that only the owner can read."""
    lines = [f"{name}={value}" for name, value in server.variables().items()]
    say("a local livekit-server runs; for other terminals:")
    for line in lines:
        say(f"  export {line}")
    if state is None:
        yield
        return
    state.parent.mkdir(parents=True, exist_ok=True)
    state.unlink(missing_ok=True)
    state.touch(mode=0o600)
    state.write_text("".join(f"{line}\n" for line in lines))
    try:
        yield
    finally:
        state.unlink(missing_ok=True)


def publish_name(state: Path, status: WorkerStatus) -> None:
    """Add the agent's name to the file `state`. Other programs need the name to call the agent."""
    if status.state.agent:
        with state.open("a", encoding="utf-8") as file:
            file.write(f"{AGENT_NAME}={json.dumps(status.state.agent)}\n")
