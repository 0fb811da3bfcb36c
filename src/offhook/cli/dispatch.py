"""`offhook dispatch`: dispatches an agent to a room and reports whether it joined."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from offhook.core.errors import DispatchError

if TYPE_CHECKING:
    from offhook.control.dispatch import DispatchResult

__all__ = ["dispatch"]

_AGENT = "The agent_name that the worker registered; agents without a name join every new room automatically."
_METADATA = "Text for the agent, at most 64 KiB; @FILE reads it from a file."


def dispatch(
    room: Annotated[str, typer.Argument(help="The room; created if it does not exist.")],
    agent: Annotated[str, typer.Option(help=_AGENT)] = "",
    metadata: Annotated[str, typer.Option(help=_METADATA)] = "",
    timeout: Annotated[float, typer.Option(help="Seconds to wait for the agent.")] = 10.0,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Dispatch an agent to a room and wait until the agent has joined."""
    import asyncio  # slow to import; `offhook --help` does not need it
    import json as encoder  # slow to import; `offhook --help` does not need it

    result = asyncio.run(_send(room, agent=agent, metadata=_text(metadata), timeout=timeout))
    seconds = round(result.after_seconds, 3)
    if json:
        print(encoder.dumps({"room": room, "agent": agent, "identity": result.identity, "after_seconds": seconds}))
    else:
        print(f"{result.identity} is in room {room} after {seconds:.2f} s")


async def _send(room: str, *, agent: str, metadata: str, timeout: float) -> "DispatchResult":  # noqa: ASYNC109  # the error reports what was seen before the timeout
    from offhook.control.api import connect  # livekit.api is slow to import
    from offhook.control.dispatch import dispatch as send  # livekit.api is slow to import
    from offhook.settings import load_settings  # pydantic is slow to import

    settings = load_settings()
    secret = settings.livekit_api_secret
    key = {"key": settings.livekit_api_key, "secret": secret.get_secret_value() if secret else None}
    async with connect(url=settings.livekit_url, **key) as api:
        return await send(api, room=room, agent=agent, metadata=metadata, timeout=timeout)


def _text(given: str) -> str:
    """Return `given`; for `@FILE`, return the text of the file."""
    if not given.startswith("@"):
        return given
    path = Path(given[1:])
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DispatchError(f"cannot read metadata from {str(path)!r}: {error}") from error
