"""`offhook call`: one scripted, spoken call on a real server, drawn as a timeline while it runs."""

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
"""What the caller says in turn; an empty line waits for the agent's first silence step."""
_LOOK = 0.1


def call(
    agent_file: Annotated[Path, typer.Argument(metavar="[AGENT_FILE]")] = Path("agents/agent.py"),
    recording: Annotated[Path | None, typer.Option(help="Write a stereo WAV: caller left, agent right.")] = None,
) -> None:
    """Call an agent with a recorded voice and watch the call. Uses the agent that `dev` runs here, if there is one."""
    import asyncio
    import os

    from offhook.cli.server import end_like_ctrl_c
    from offhook.settings import load_env_files, load_settings

    load_env_files(Path.cwd())
    end_like_ctrl_c()
    logging.getLogger("livekit").setLevel(logging.CRITICAL)  # it calls every end of a call an error
    with _answering(agent_file, load_settings(), dict(os.environ)) as environ:
        asyncio.run(_talk(environ, load_settings().journal, recording))


@contextmanager
def _answering(agent_file: Path, settings: "Settings", environ: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """The variables of a server where an agent answers: one that runs, or a server and a worker of our own."""
    from dotenv import dotenv_values

    from offhook.cli.dev import STATE
    from offhook.dev.binary import find_or_fetch
    from offhook.dev.parent import check_agent_file
    from offhook.dev.server import local_server
    from offhook.testing.worker import running_worker

    told = {name: value or "" for name, value in dotenv_values(STATE).items()}
    if told and _is_up(told):
        _say("calling the agent that runs here")
        yield {**environ, **told}
        return
    if environ.get("LIVEKIT_URL"):
        _say(f"calling {environ['LIVEKIT_URL']}; an agent must be registered there")
        yield environ
        return
    check_agent_file(agent_file)
    binary = find_or_fetch(settings.livekit_server, environ=environ, cache=settings.cache, progress=_say)
    with local_server(binary, progress=_say) as server:
        _say(f"starting {agent_file}, which takes about 5 seconds")
        with running_worker(agent_file, {**environ, **server.variables()}, "--dev"):  # its health check on a free port
            yield {**environ, **server.variables()}


def _is_up(told: Mapping[str, str]) -> bool:
    """Whether the server that a `dev` told of still runs; one that was killed leaves its file behind."""
    from offhook.dev.ready import answers

    port = int(told["LIVEKIT_URL"].rpartition(":")[2])
    return answers(port, key=told["LIVEKIT_API_KEY"], secret=told["LIVEKIT_API_SECRET"])


async def _talk(environ: Mapping[str, str], journal: Path, recording: Path | None) -> None:
    import asyncio

    from offhook.testing.caller import Caller

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

    from offhook.evidence.render import render
    from offhook.evidence.timeline import follow
    from offhook.journal.reader import Reader

    with Reader(journal) as reader:
        while not (found := [one.call for one in reader.calls(limit=5) if one.room == room]):  # noqa: ASYNC110 - a file
            await asyncio.sleep(_LOOK)
        print(f"call {found[0]}   room {room}\n", flush=True)
        width = min(shutil.get_terminal_size().columns, 140)
        for rows in follow(reader, found[0]):
            print(render(rows, width, color=sys.stdout.isatty()), end="", flush=True)
            await asyncio.sleep(0 if rows else _LOOK)


def _say(line: str) -> None:
    print(f"offhook: {line}", flush=True)
