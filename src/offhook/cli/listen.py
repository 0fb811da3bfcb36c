"""`offhook listen ROOM`: serves a page on this machine on which you hear a room and read its transcript."""

from typing import TYPE_CHECKING, Annotated

import typer

from offhook.cli.browser import open_in_browser

if TYPE_CHECKING:
    from offhook.dev.listen.app import ListenConfig

__all__ = ["listen"]

_NAME = "The listener's name on the server. With --visible, people in the room see this name."
_VISIBLE = "Let the people in the room see the listener."


def listen(
    room: Annotated[str, typer.Argument(help="The room; it must be open.")],
    *,
    name: Annotated[str, typer.Option(help=_NAME)] = "Listener",
    visible: Annotated[bool, typer.Option("--visible/--hidden", help=_VISIBLE)] = False,
    open_page: Annotated[
        bool | None,
        typer.Option(
            "--open/--no-open", help="Open the page in a browser; default: only if a user is at this terminal."
        ),
    ] = None,
    port: Annotated[int | None, typer.Option(help="The page's port; default: 7891, or a free port.")] = None,
    minutes: Annotated[float | None, typer.Option(min=0.01, help="End after this time; default: at Ctrl-C.")] = None,
) -> None:
    """Hear a room and read its transcript on a local page. The page can send nothing. Ctrl-C ends it."""
    import asyncio  # slow to import; `offhook --help` does not need it

    from offhook.cli.access import access
    from offhook.dev.listen.app import ListenConfig  # the web server is slow to import
    from offhook.settings import load_settings

    url, key, secret = access()
    journal = load_settings().journal
    config = ListenConfig(url or "", key, secret, room, name, visible, journal)
    seconds = None if minutes is None else 60 * minutes
    asyncio.run(_listen(config, port=port, seconds=seconds, open_page=open_page))


async def _listen(config: "ListenConfig", *, port: int | None, seconds: float | None, open_page: bool | None) -> None:
    from offhook.control.api import connect  # livekit.api is slow to import
    from offhook.control.rooms import OpenRoom
    from offhook.dev.listen.run import listen as serve

    def ready(address: str) -> None:
        _say(f"hear room {config.room!r} at {address} ({_presence(config)}). Ctrl-C ends it.")
        open_in_browser(address, open_page, say=_say)

    async with connect(url=config.url, key=config.api_key, secret=config.api_secret) as api:
        room = OpenRoom(api, config.room)
        await serve(config, room, port=port, seconds=seconds, say=_say, at_ready=ready)


def _presence(config: "ListenConfig") -> str:
    return f"visible as {config.name!r}" if config.visible else "hidden from the room"


def _say(line: str) -> None:
    print(f"offhook: {line}", flush=True)
