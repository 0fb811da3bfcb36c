"""`offhook call`: one scripted, spoken call on a real server, shown as a timeline while the call runs."""

import logging
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from offhook.settings import Settings

__all__ = ["call"]

SCRIPT = ("what are your opening hours", "please start over", "", "goodbye")
"""The caller's lines; an empty line waits for the agent's first silence step."""
_POLL_INTERVAL = 0.1


def call(
    agent_file: Annotated[Path, typer.Argument(metavar="[AGENT_FILE]")] = Path("agents/agent.py"),
    recording: Annotated[Path | None, typer.Option(help="Write a stereo WAV: caller left, agent right.")] = None,
) -> None:
    """Call an agent with a recorded voice and show the call. If `dev` runs an agent here, that agent is called."""
    import asyncio
    import os

    from offhook.cli.server import end_like_ctrl_c
    from offhook.settings import load_env_files, load_settings

    load_env_files(Path.cwd())
    end_like_ctrl_c()
    logging.getLogger("livekit").setLevel(logging.CRITICAL)  # LiveKit logs every end of a call as an error
    with _server_with_agent(agent_file, load_settings(), dict(os.environ)) as environ:
        asyncio.run(_talk(environ, load_settings().journal, recording))


@contextmanager
def _server_with_agent(
    agent_file: Path, settings: "Settings", environ: Mapping[str, str]
) -> Iterator[Mapping[str, str]]:
    """Yield the environment for a server with an agent. If none is running, start a server and a worker."""
    from dotenv import dotenv_values

    from offhook.cli.dev import STATE
    from offhook.dev.binary import find_or_fetch
    from offhook.dev.run import check_agent_file
    from offhook.dev.server import local_server
    from offhook.testing.live.worker import running_worker

    local = {name: value or "" for name, value in dotenv_values(STATE).items()}
    if local and _is_up(local):
        _say("calling the agent that runs here")
        yield {**environ, **local}
        return
    if environ.get("LIVEKIT_URL"):
        _say(f"calling {environ['LIVEKIT_URL']}; an agent must be registered there")
        yield environ
        return
    check_agent_file(agent_file)
    binary = find_or_fetch(settings.livekit_server, environ=environ, cache=settings.cache, progress=_say)
    with local_server(binary, progress=_say) as server:
        _say(f"starting {agent_file}; this takes about 5 seconds")
        with running_worker(
            agent_file, {**environ, **server.variables()}, "--dev"
        ):  # `--dev` puts the health check on a free port
            yield {**environ, **server.variables()}


def _is_up(local: Mapping[str, str]) -> bool:
    """Return True if the server in the state file of `dev` still runs. The file remains if `dev` was killed."""
    from offhook.dev.probe import is_ours

    port = int(local["LIVEKIT_URL"].rpartition(":")[2])
    return is_ours(port, key=local["LIVEKIT_API_KEY"], secret=local["LIVEKIT_API_SECRET"])


async def _talk(environ: Mapping[str, str], journal: Path, recording: Path | None) -> None:
    import asyncio

    from offhook.testing.live.caller import Caller

    room = f"call-{int(time.time())}"
    async with Caller(
        url=environ["LIVEKIT_URL"],
        api_key=environ["LIVEKIT_API_KEY"],
        api_secret=environ["LIVEKIT_API_SECRET"],
        room=room,
    ) as caller:
        drawing = asyncio.create_task(_draw(journal, room), name="timeline")
        try:
            await caller.hears(since=caller.joined_at, timeout=15)
            for line in SCRIPT:
                await caller.quiet(for_=0.7, timeout=20)
                asked = (await caller.say(line)).ended_at if line else time.monotonic()
                await caller.hears(since=asked, timeout=15)
            await caller.ended(timeout=20)
            await asyncio.wait_for(drawing, 15)
        finally:
            drawing.cancel()
            if recording is not None:
                caller.recording(recording)
                _say(f"the recording is in {recording}")


async def _draw(journal: Path, room: str) -> None:
    import asyncio

    from offhook.journal.reader import Reader
    from offhook.reports.render import render
    from offhook.reports.timeline import follow

    with Reader(journal) as reader:
        while not (found := [one.call for one in reader.calls(limit=5) if one.room == room]):  # noqa: ASYNC110 - a file
            await asyncio.sleep(_POLL_INTERVAL)
        print(f"call {found[0]}   room {room}\n", flush=True)
        width = min(shutil.get_terminal_size().columns, 140)
        for rows in follow(reader, found[0]):
            print(render(rows, width, color=sys.stdout.isatty()), end="", flush=True)
            await asyncio.sleep(0 if rows else _POLL_INTERVAL)


def _say(line: str) -> None:
    print(f"offhook: {line}", flush=True)
