"""Run one agent file on one's own machine: a server if none is configured, one worker, and an eye on the code."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from offhook.core.errors import PlanError, SettingsError
from offhook.dev.attend import READY, attend
from offhook.dev.binary import find_or_fetch
from offhook.dev.news import News, once
from offhook.dev.reload import trouble
from offhook.dev.server import LocalServer, local_server
from offhook.dev.spawn import spawn, stop_group

__all__ = ["PageWish", "check_agent_file", "run_dev"]

WORKER: Final = (sys.executable, "-m", "livekit.agents")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class PageWish:
    """How the talk page shall be. `port` 0 is any free one; `models` says which are used, then hints, line by line."""

    port: int
    journal: Path | None = None
    models: str = ""
    at_ready: Callable[[str], None] = lambda _address: None


def run_dev(  # noqa: PLR0913  # all but the first are named
    agent_file: Path,
    *,
    environ: Mapping[str, str],
    say: Say,
    binary: Path | None = None,
    cache: Path | None = None,
    state: Path | None = None,
    page: PageWish | None = None,
    log_level: str = "INFO",
) -> int:
    """Run `agent_file` until it is told to stop; return the exit code.

    Call it in the main thread: it takes the signals, and its children die with the thread.

    Args:
        agent_file: a file with a module-level `server`.
        environ: the environment of the worker; a server is started when it has no LIVEKIT_URL.
        say: is told what a person should know, line by line.
        binary: the livekit-server to run, instead of the one that is found or fetched.
        cache: where a fetched livekit-server is kept.
        state: a file that tells the local server's variables to other programs while it runs.
        page: serve the talk page, if there is one.
        log_level: of the worker; above INFO nobody can see that it is ready.

    """
    check_agent_file(agent_file)
    with ExitStack() as stack:
        variables: Mapping[str, str] = {}
        if environ.get("LIVEKIT_URL"):
            _complete(environ)
        else:
            found = find_or_fetch(binary, environ=environ, cache=cache, progress=say)
            server = stack.enter_context(local_server(found, progress=say))
            variables = server.variables()
            stack.enter_context(_told(server, state, say))
        news = News()
        address = _page(page, agent_file, {**environ, **variables}, stack=stack, news=news, say=say)
        child = spawn(
            [*WORKER, "start", agent_file, "--dev", "--log-format=colored", f"--log-level={log_level}"],
            environ=_worker_environ(environ, variables),
            output=subprocess.PIPE,
        )
        stack.callback(stop_group, child)
        ready = f"Ready. Talk to it at {address} or run: offhook call. Ctrl-C ends it." if address else READY
        return attend(child, agent_file.resolve().parent, say=say, out=sys.stdout.buffer, news=news, ready=ready)


def _page(
    wish: PageWish | None, agent_file: Path, environ: Mapping[str, str], *, stack: ExitStack, news: News, say: Say
) -> str | None:
    """Serve the talk page for as long as the stack lasts; without it everything else goes on."""
    if wish is None:
        return None
    from offhook.dev.page.parts import client, how_to_get_it  # noqa: PLC0415 - not without a page

    livekit_client = client()
    if livekit_client is None:
        say(how_to_get_it())
        return None
    from offhook.dev.page.premises import Premises  # noqa: PLC0415 - not without a page
    from offhook.dev.page.serve import talk_page  # noqa: PLC0415 - the web server takes 0.2 s to load

    url, key, secret = (environ[f"LIVEKIT_{name}"] for name in ("URL", "API_KEY", "API_SECRET"))
    premises = Premises(url, key, secret, agent_file.name, wish.journal, wish.models)
    address = stack.enter_context(talk_page(premises, news, livekit_client=livekit_client, port=wish.port, say=say))
    stack.enter_context(news.told(once(lambda: news.state.phase == "ready", lambda: wish.at_ready(address))))
    return address


def check_agent_file(agent_file: Path) -> None:
    """Refuse a file that is not there or cannot be compiled."""
    if not agent_file.is_file():
        raise PlanError(f"there is no agent file {agent_file}; name one, such as agents/agent.py")
    wrong = trouble(agent_file)
    if wrong is not None:
        raise PlanError(f"{agent_file}{wrong}; mend it and start again")


def _complete(environ: Mapping[str, str]) -> None:
    missing = [name for name in ("LIVEKIT_API_KEY", "LIVEKIT_API_SECRET") if not environ.get(name)]
    if missing:
        raise SettingsError(
            f"LIVEKIT_URL is set without {' and '.join(missing)}; set all three, "
            "or none of them to have a local server started"
        )


def _worker_environ(environ: Mapping[str, str], variables: Mapping[str, str]) -> dict[str, str]:
    # LIVEKIT_DEV_MODE would switch the worker to cloud models; what runs here must be what runs in production.
    kept = {name: value for name, value in environ.items() if name != "LIVEKIT_DEV_MODE"}
    return {**kept, **variables, "OFFHOOK_DEV": "1", "PYTHONUNBUFFERED": "1"}


@contextmanager
def _told(server: LocalServer, state: Path | None, say: Say) -> Iterator[None]:
    """Tell other terminals how to reach the server, in words and, for its owner only, in a file."""
    lines = [f"{name}={value}" for name, value in server.variables().items()]
    say("livekit-server runs here; for other terminals:")
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
