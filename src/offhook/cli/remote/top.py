"""`offhook top`: a live table of all running calls, on all workers."""

import sys
from typing import Annotated

import typer

__all__ = ["top"]


def top(
    *,
    interval: Annotated[float, typer.Option(min=0.2, max=60, help="Seconds between two queries of the calls.")] = 1.0,
    by: Annotated[str, typer.Option(help="Your name in the calls' journals; default: your login name.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the states of all calls once, as JSON.")] = False,
) -> None:
    """Show all running calls: who speaks, the length of the call, the last words. Keys follow a call or end it."""
    import asyncio  # slow to import; `offhook --help` does not need it

    try:
        if as_json:
            asyncio.run(_print_json(by))
        elif sys.stdin.isatty() and sys.stdout.isatty():
            from offhook.cli.remote.top_loop import TopLoop  # rich is slow to import

            asyncio.run(TopLoop(interval, by).run())
        else:
            asyncio.run(_print_table(by))
    except KeyboardInterrupt:
        raise typer.Exit from None


async def _print_json(by: str) -> None:
    import json  # imported here, so that other commands start faster

    from offhook.cli.remote.verb_run import open_client  # pydantic is slow to import

    async with open_client(by) as client:
        print(json.dumps(list(await client.calls()), indent=2, ensure_ascii=False))


async def _print_table(by: str) -> None:
    from rich.console import Console

    from offhook.cli.remote.top_table import table
    from offhook.cli.remote.verb_run import open_client  # pydantic is slow to import

    async with open_client(by) as client:
        calls = await client.calls()
    console = Console()
    console.print(table(calls, console.width) if calls else "no calls are running")
