"""`offhook watch`: watches all rooms of a server for callers whom no agent has answered."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from offhook.control.watch import Finding

__all__ = ["watch"]

_AFTER = "Seconds until the agent is dispatched again. After the same time once more, the room is closed."
_CLOSE = "Close a room when one person has been alone for this many seconds, and the agent has left or died."
_INTERVAL = 2.0
_FAILED_PAUSE = 15.0


def watch(
    *,
    after: Annotated[float, typer.Option(min=3, help=_AFTER)] = 10.0,
    close_alone: Annotated[float | None, typer.Option(min=3, help=_CLOSE)] = None,
    report: Annotated[bool, typer.Option("--report", help="Only report; do nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
) -> None:
    """Watch all rooms of the server. If no worker took a call, dispatch its agent again; if still no agent joins, close
    the room. Runs until it is stopped. Several watches may run at the same time, on machines with or without workers.
    """
    import asyncio  # slow to import, and `offhook --help` does not need asyncio
    from contextlib import suppress

    with suppress(KeyboardInterrupt):
        asyncio.run(_run(after, close_alone, report=report, as_json=as_json))


async def _run(after: float, close_alone: float | None, *, report: bool, as_json: bool) -> None:
    import asyncio

    from offhook.control.api import connect  # livekit.api is slow to import
    from offhook.control.rooms import request_errors
    from offhook.control.watch import RoomWatch
    from offhook.core.errors import RoomError
    from offhook.settings import load_settings  # pydantic is slow to import

    settings = load_settings()
    secret = settings.livekit_api_secret
    key = {"key": settings.livekit_api_key, "secret": secret.get_secret_value() if secret else None}
    async with connect(url=settings.livekit_url, **key) as api:
        rooms = RoomWatch(api, after=after, close_alone=close_alone, report_only=report)
        looked = False
        while True:
            try:
                with request_errors(api):
                    for finding in await rooms.look():
                        print(_line(finding, as_json=as_json), flush=True)
                if not looked:
                    typer.echo(f"watching the rooms of {api.url}", err=True)
                looked, pause = True, _INTERVAL
            except RoomError as error:
                if not looked:
                    raise  # an error in the first check, such as a wrong API key, ends the command
                typer.echo(f"{error}; looking again in {_FAILED_PAUSE:g} s", err=True)
                pause = _FAILED_PAUSE
            await asyncio.sleep(pause)


def _line(finding: "Finding", *, as_json: bool) -> str:
    if as_json:
        import json
        from dataclasses import asdict

        return json.dumps(asdict(finding) | {"seconds": round(finding.seconds, 1)})
    texts = {
        "unanswered": "no worker took the call for",
        "dispatched": "no worker had taken the call; dispatched again, and joined:",
        "closed": "closed:",
        "alone": "one person is alone; the agent has left or died",
    }
    return f"{finding.room}: {finding.seconds:.0f} s: {texts[finding.what]} {finding.detail}".rstrip()
