"""`offhook sandbox`: Deepgram, OpenAI and Cartesia on this machine, for as long as the command runs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from offhook.testing.sandbox import Request, Sandbox

__all__ = ["line_of", "sandbox"]

WIDTH = 60


def sandbox(
    *,
    port: Annotated[int, typer.Option(help="TCP port; 0 takes a free one.", min=0, max=65535)] = 0,
    preset: Annotated[str, typer.Option(help="The variables to print: cloud or local.")] = "cloud",
    hear: Annotated[list[str] | None, typer.Option(help="Hear this line whatever is said; once for each line.")] = None,
    answer: Annotated[list[str] | None, typer.Option(help="Answer this; once for each answer.")] = None,
    tone: Annotated[bool, typer.Option("--tone", help="Hum instead of speaking.")] = False,
) -> None:
    """Run stand-ins for the providers and print the variables that lead a worker to them."""
    import asyncio

    from offhook.cli.server import end_like_ctrl_c
    from offhook.core.errors import SettingsError

    if preset not in ("cloud", "local"):
        raise SettingsError(f"--preset {preset} is not one of cloud, local")
    made = _made(port, hear or [], answer or [], tone=tone)
    end_like_ctrl_c()
    try:
        asyncio.run(_run(made, "local" if preset == "local" else "cloud"))
    except KeyboardInterrupt:
        return


def line_of(request: "Request") -> str:
    """What was asked, in one line; empty when it says nothing, such as a sign of life."""
    told = _told(request.body, request.query)
    if request.how == "message" and not told:
        return ""
    text = told if len(told) <= WIDTH else f"{told[: WIDTH - 1]}…"
    return f"{request.provider:<8}  {request.how:<7}  {request.path}  {text}".rstrip()


def _made(port: int, hear: list[str], answer: list[str], *, tone: bool) -> "Sandbox":
    from offhook.core.errors import SettingsError

    try:
        from offhook.testing.sandbox import Offline, Oracle, PocketSphinxEars, Sandbox, Script, Tone

        ears = Oracle(*hear) if hear else PocketSphinxEars()
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"recognising speech needs the package {error.name}; run pip install 'offhook[offline]', "
            "or say with --hear what shall be heard"
        ) from None
    return Sandbox(
        ears=ears,
        brain=Script(*answer) if answer else None,
        voice=Tone() if tone else Offline(),
        port=port,
        on_request=_show,
    )


async def _run(made: "Sandbox", preset: Literal["cloud", "local"]) -> None:
    import asyncio

    async with made as running:
        for name, value in running.environ(preset).items():
            print(f"export {name}={value}", flush=True)
        typer.echo("Copy these lines to where the worker starts. Ctrl-C ends the sandbox.", err=True)
        await asyncio.Event().wait()


def _show(request: "Request") -> None:
    import time

    if line := line_of(request):
        typer.echo(f"{time.strftime('%H:%M:%S')}  {line}", err=True)


def _told(body: Mapping[str, Any], query: Mapping[str, str]) -> str:
    """The words of a request, or what it is about."""
    if "transcript" in body:
        return str(body["transcript"]).strip()
    if "messages" in body:
        return _last(body["messages"])
    if isinstance(body.get("input"), list):
        return _last(body["input"])
    kind = str(body.get("type", ""))
    if kind in ("KeepAlive", "Finalize", "CloseStream"):
        return ""
    return str(body.get("input") or kind or body.get("model") or query.get("model") or "")


def _last(items: list[Mapping[str, Any]]) -> str:
    """Who said the last thing, and what."""
    if not items:
        return ""
    last = items[-1]
    text = last.get("content") or last.get("output") or last.get("type") or ""
    if isinstance(text, list):
        text = " ".join(str(part.get("text", "")) for part in text)
    return f"{last.get('role', '')}: {text}".removeprefix(": ")
