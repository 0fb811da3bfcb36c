"""`offhook follow ROOM`: shows a running call in the terminal until the call ends."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from offhook.client import RunningCall

__all__ = ["follow"]


def follow(
    room: Annotated[str, typer.Argument(metavar="ROOM", help="The room of the call.")],
    *,
    after: Annotated[int, typer.Option(min=-1, help="Begin after the record with this number.")] = -1,
    agent: Annotated[str, typer.Option(help="The agent's identity, if the room has two agents.")] = "",
    by: Annotated[str, typer.Option(help="Your name in the call's journal; default: your login name.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print each record as one line of JSON.")] = False,
) -> None:
    """Show a running call live: its words, its events, and the reasons of decisions. Ctrl-C ends only the display."""
    import asyncio  # slow to import; `offhook --help` does not need it

    try:
        asyncio.run(_follow(room, agent=agent, by=by, after=after, as_json=as_json))
    except KeyboardInterrupt:
        raise typer.Exit from None
    except BrokenPipeError:  # the reader, such as `head`, has closed the pipe
        _leave_the_pipe()


async def _follow(room: str, *, agent: str, by: str, after: int, as_json: bool) -> None:
    from offhook.cli.remote.verb_run import open_client  # pydantic is slow to import

    async with open_client(by) as client:
        call = client.call(room, agent=agent)
        if as_json:
            await _print_records(call, after)
        else:
            await _print_rows(call, after)


async def _print_records(call: "RunningCall", after: int) -> None:
    import json  # imported here, so that other commands start faster

    async for record in call.follow(after=after):
        print(json.dumps(record, ensure_ascii=False), flush=True)


async def _print_rows(call: "RunningCall", after: int) -> None:
    import shutil  # imported here, so that other commands start faster
    import sys
    from datetime import datetime

    from offhook.cli.remote.live_rows import LiveRows
    from offhook.reports.render import clean, render

    rows, began = LiveRows(), False
    async for record in call.follow(after=after):
        if not began:
            at = datetime.fromtimestamp(record["at"] - record["elapsed"]).astimezone()
            print(clean(f"room {call.room}   began at {at:%Y-%m-%d %H:%M:%S}"), end="\n\n")
            began = True
        width = min(shutil.get_terminal_size().columns, 140)
        print(render(rows.add(record), width, color=sys.stdout.isatty()), end="", flush=True)
    print(clean(f"the call is over: {rows.reason}" if rows.reason else "the call is over"))


def _leave_the_pipe() -> None:
    """Send the rest of the output to the null device, so that Python's exit does not fail on the closed pipe."""
    import os
    import sys

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
