"""`offhook token`: a token for one room, and what a token says."""

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from offhook.core.errors import SettingsError

if TYPE_CHECKING:
    from offhook.settings import Settings

__all__ = ["token"]

_AGENT = "The agent_name to send for when the room is new; without it, agents without a name come by themselves."
_METADATA = "A JSON object for the agent; @FILE reads it from a file."
_TTL = "How long the room may be joined: 90s, 15m, 2h, 1d. A call goes on after that."
_DECODE = "Say what this token is and allows; - reads it from standard input."
_UNITS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}


def token(  # noqa: PLR0913  # each is one option of the command
    room: Annotated[str | None, typer.Argument(help="The room; it is made when somebody joins.")] = None,
    *,
    identity: Annotated[str, typer.Option(help="Who joins; without it a new name.")] = "",
    role: Annotated[Literal["caller", "listener", "monitor"], typer.Option(help="What it may do.")] = "caller",
    agent: Annotated[str | None, typer.Option(help=_AGENT)] = None,
    metadata: Annotated[str, typer.Option(help=_METADATA)] = "",
    ttl: Annotated[str, typer.Option(help=_TTL)] = "15m",
    decode: Annotated[str | None, typer.Option(metavar="TOKEN", help=_DECODE)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print a token that lets one person into one room, or read one back with --decode."""
    if decode is not None:
        if room is not None:
            raise typer.BadParameter("--decode reads a token, ROOM makes one; give one of the two")
        raise typer.Exit(_read(decode, as_json=as_json))
    if room is None:
        raise typer.BadParameter("name the ROOM to make a token for, or read one with --decode TOKEN")
    _make(room, {"identity": identity, "role": role, "metadata": metadata, "ttl": ttl}, agent=agent, as_json=as_json)


def _make(room: str, wanted: Mapping[str, str], *, agent: str | None, as_json: bool) -> None:
    import json  # a command loads what it uses, when it runs
    import time
    import uuid
    from typing import cast

    from offhook.tokens import Role, room_token

    url, key, secret = _access()
    seconds, metadata = _seconds(wanted["ttl"]), _metadata(wanted["metadata"], agent)
    role = cast("Role", wanted["role"])
    identity = wanted["identity"] or f"{role}-{uuid.uuid4().hex[:8]}"
    made = room_token(
        api_key=key,
        api_secret=secret,
        room=room,
        identity=identity,
        role=role,
        ttl=seconds,
        agent=agent,
        metadata=metadata,
    )
    if not as_json:
        print(made)
        return
    ends = int(time.time() + seconds)
    told = {"url": url, "token": made, "room": room, "identity": identity, "role": role, "agent": agent}
    print(json.dumps({**told, "expires_at": ends}, ensure_ascii=False))


def _read(given: str, *, as_json: bool) -> int:
    """Show what a token says; 1 when it would be refused."""
    import json  # a command loads what it uses, when it runs
    import time
    from dataclasses import asdict

    from rich.console import Console
    from rich.text import Text

    from offhook.checks.token import read_token

    _, key, secret = _access()
    reading = read_token(sys.stdin.read() if given == "-" else given, key=key, secret=secret, now=time.time())
    code = 0 if reading.usable else 1
    if as_json:
        said = asdict(reading)
        print(json.dumps({**said, "lines": dict(reading.lines)}, indent=2, ensure_ascii=False))
        return code
    console, wide = Console(highlight=False), max(len(label) for label, _ in reading.lines)
    for label, text in reading.lines:
        bad = label in ("time", "signature") and text.startswith(("ran out", "not valid", "does not", "valid for ever"))
        shown = Text("".join(sign if sign.isprintable() else "?" for sign in text), style="red" if bad else "")
        console.print(Text(f"{label:<{wide}}  ", style="dim") + shown, soft_wrap=True)
    return code


def _access() -> tuple[str | None, str, str]:
    """Address, key and secret: those of the settings, else those of the server that `dev` runs in this folder."""
    from dotenv import dotenv_values

    from offhook.cli.dev import STATE
    from offhook.settings import load_settings

    settings = load_settings()
    if settings.livekit_url or settings.livekit_api_key or settings.livekit_api_secret or not STATE.is_file():
        return settings.livekit_url, settings.livekit_api_key or "", _secret(settings)
    told = {name: value or "" for name, value in dotenv_values(STATE).items()}
    return told.get("LIVEKIT_URL"), told.get("LIVEKIT_API_KEY", ""), told.get("LIVEKIT_API_SECRET", "")


def _secret(settings: "Settings") -> str:
    return settings.livekit_api_secret.get_secret_value() if settings.livekit_api_secret else ""


def _seconds(text: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", text.strip().lower())
    if found is None or found[2] not in _UNITS:
        raise SettingsError(f"--ttl {text!r} is not a length of time; write it as in 90s, 15m, 2h or 1d")
    return float(found[1]) * _UNITS[found[2]]


def _metadata(given: str, agent: str | None) -> str:
    """The text itself or what is in the file behind an @; a JSON object, for that is what a plan reads."""
    import json  # a command loads what it uses, when it runs

    if not given:
        return ""
    if agent is None:
        raise SettingsError("--metadata travels to an agent; say which with --agent NAME")
    try:
        text = Path(given[1:]).read_text(encoding="utf-8") if given.startswith("@") else given
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot read the metadata from {given[1:]!r} ({error}); name a UTF-8 text file") from None
    try:
        fine = isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        fine = False
    if not fine:
        raise SettingsError("""--metadata is not a JSON object; write it as in --metadata '{"guest": "Ada"}'""")
    return text
