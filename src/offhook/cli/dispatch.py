"""offhook dispatch: send an agent into a room and say whether one came."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from offhook.core.errors import DispatchError

if TYPE_CHECKING:
    from offhook.control.dispatch import Taken

__all__ = ["dispatch"]

_AGENT = "The agent_name that its worker registered; agents without a name come to every new room by themselves."
_METADATA = "Text for the agent, at most 64 KiB; @FILE reads it from a file."


def dispatch(
    room: Annotated[str, typer.Argument(help="The room; it is made if it does not exist.")],
    agent: Annotated[str, typer.Option(help=_AGENT)] = "",
    metadata: Annotated[str, typer.Option(help=_METADATA)] = "",
    timeout: Annotated[float, typer.Option(help="Seconds after which nobody is expected any more.")] = 10.0,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Send an agent into a room and wait until it is there."""
    import asyncio  # `offhook --help` must not pay for it
    import json as encoder  # `offhook --help` must not pay for it

    taken = asyncio.run(_send(room, agent=agent, metadata=_text(metadata), timeout=timeout))
    seconds = round(taken.after_seconds, 3)
    if json:
        print(encoder.dumps({"room": room, "agent": agent, "identity": taken.identity, "after_seconds": seconds}))
    else:
        print(f"{taken.identity} is in room {room} after {seconds:.2f} s")


async def _send(room: str, *, agent: str, metadata: str, timeout: float) -> "Taken":  # noqa: ASYNC109  # the error says what was seen until then
    from offhook.control.api import connect  # livekit.api is slow to import
    from offhook.control.dispatch import dispatch as send  # livekit.api is slow to import
    from offhook.settings import load_settings  # pydantic is slow to import

    settings = load_settings()
    secret = settings.livekit_api_secret
    key = {"key": settings.livekit_api_key, "secret": secret.get_secret_value() if secret else None}
    async with connect(url=settings.livekit_url, **key) as api:
        return await send(api, room=room, agent=agent, metadata=metadata, timeout=timeout)


def _text(given: str) -> str:
    """The text itself, or what is in the file behind an @."""
    if not given.startswith("@"):
        return given
    path = Path(given[1:])
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DispatchError(f"cannot read metadata from {str(path)!r}: {error}") from error
