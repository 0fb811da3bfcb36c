"""`offhook sandbox`: simulates Deepgram, OpenAI and Cartesia on this machine, until you stop the command."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from offhook.testing.sandbox import Request, Sandbox

__all__ = ["line_of", "sandbox"]

WIDTH = 60


def sandbox(
    *,
    port: Annotated[int, typer.Option(help="TCP port; 0 means any free port.", min=0, max=65535)] = 0,
    preset: Annotated[str, typer.Option(help="The variables to print: cloud or local.")] = "cloud",
    hear: Annotated[
        list[str] | None, typer.Option(help="Give this transcript for any speech; one option for each line.")
    ] = None,
    answer: Annotated[list[str] | None, typer.Option(help="Give this answer; one option for each answer.")] = None,
    tone: Annotated[bool, typer.Option("--tone", help="Play a tone instead of speech.")] = False,
) -> None:
    """Run simulated providers and print the variables that make a worker use them."""
    import asyncio

    from offhook.cli.server import end_like_ctrl_c
    from offhook.core.errors import SettingsError

    if preset not in ("cloud", "local"):
        raise SettingsError(f"--preset {preset} is not one of cloud, local")
    providers = _sandbox(port, hear or [], answer or [], tone=tone)
    end_like_ctrl_c()
    try:
        asyncio.run(_run(providers, "local" if preset == "local" else "cloud"))
    except KeyboardInterrupt:
        return


def line_of(request: "Request") -> str:
    """Return one line about the request, or "" for a request without content, such as a keep-alive."""
    content = _content(request.body, request.query)
    if request.how == "message" and not content:
        return ""
    text = content if len(content) <= WIDTH else f"{content[: WIDTH - 1]}…"
    return f"{request.provider:<8}  {request.how:<7}  {request.path}  {text}".rstrip()


def _sandbox(port: int, hear: list[str], answer: list[str], *, tone: bool) -> "Sandbox":
    from offhook.core.errors import SettingsError

    try:
        from offhook.testing.sandbox import Offline, Oracle, PocketSphinxStt, Sandbox, Script, Tone

        stt_model = Oracle(*hear) if hear else PocketSphinxStt()
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"speech recognition needs the package {error.name}; run pip install 'offhook[offline]', "
            "or give the transcripts with --hear"
        ) from None
    return Sandbox(
        stt=stt_model,
        llm=Script(*answer) if answer else None,
        tts=Tone() if tone else Offline(),
        port=port,
        on_request=_show,
    )


async def _run(providers: "Sandbox", preset: Literal["cloud", "local"]) -> None:
    import asyncio

    async with providers as running:
        for name, value in running.environ(preset).items():
            print(f"export {name}={value}", flush=True)
        typer.echo("Run these lines in the worker's terminal before its start. Ctrl-C ends the sandbox.", err=True)
        await asyncio.Event().wait()


def _show(request: "Request") -> None:
    import time

    if line := line_of(request):
        typer.echo(f"{time.strftime('%H:%M:%S')}  {line}", err=True)


def _content(body: Mapping[str, Any], query: Mapping[str, str]) -> str:
    """Return the text of a request, or the request's type or model if the request has no text."""
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
    """Return the role and the text of the last item of the conversation in a request."""
    if not items:
        return ""
    last = items[-1]
    text = last.get("content") or last.get("output") or last.get("type") or ""
    if isinstance(text, list):
        text = " ".join(str(part.get("text", "")) for part in text)
    return f"{last.get('role', '')}: {text}".removeprefix(": ")
