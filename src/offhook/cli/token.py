"""`offhook token`: creates a token for one room, or decodes a token."""

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import typer

from offhook.cli.access import access
from offhook.core.errors import SettingsError

__all__ = ["token"]

_AGENT = "The agent_name to dispatch when the room is new; by default, agents without a name join automatically."
_METADATA = "A JSON object for the agent; @FILE reads it from a file."
_TTL = "How long the token can be used to join: 90s, 15m, 2h, 1d. A running call continues after that."
_DECODE = "Show what this token allows; - reads the token from standard input."
_UNITS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}


def token(  # noqa: PLR0913  # one argument for each option
    room: Annotated[str | None, typer.Argument(help="The room; created when the first participant joins.")] = None,
    *,
    identity: Annotated[str, typer.Option(help="The identity; default: a new identity.")] = "",
    role: Annotated[
        Literal["caller", "listener", "monitor"], typer.Option(help="The role, which defines the grants.")
    ] = "caller",
    agent: Annotated[str | None, typer.Option(help=_AGENT)] = None,
    metadata: Annotated[str, typer.Option(help=_METADATA)] = "",
    ttl: Annotated[str, typer.Option(help=_TTL)] = "15m",
    decode: Annotated[str | None, typer.Option(metavar="TOKEN", help=_DECODE)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print a token that lets one person join one room, or decode a token with --decode."""
    if decode is not None:
        if room is not None:
            raise typer.BadParameter("--decode reads a token and ROOM creates one; give only one of the two")
        raise typer.Exit(_read(decode, as_json=as_json))
    if room is None:
        raise typer.BadParameter("give the ROOM to create a token for, or decode a token with --decode TOKEN")
    _make(room, {"identity": identity, "role": role, "metadata": metadata, "ttl": ttl}, agent=agent, as_json=as_json)


def _make(room: str, options: Mapping[str, str], *, agent: str | None, as_json: bool) -> None:
    import json  # late import, so that other commands start faster
    import time
    import uuid
    from typing import cast

    from offhook.tokens import Role, room_token

    url, key, secret = access()
    seconds, metadata = _seconds(options["ttl"]), _metadata(options["metadata"], agent)
    role = cast("Role", options["role"])
    identity = options["identity"] or f"{role}-{uuid.uuid4().hex[:8]}"
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
    result = {"url": url, "token": made, "room": room, "identity": identity, "role": role, "agent": agent}
    print(json.dumps({**result, "expires_at": ends}, ensure_ascii=False))


def _read(given: str, *, as_json: bool) -> int:
    """Print the decoded token; return 1 if the server would refuse the token, else 0."""
    import json  # late import, so that other commands start faster
    import time
    from dataclasses import asdict

    from rich.console import Console
    from rich.text import Text

    from offhook.checks.token import read_token

    _, key, secret = access()
    reading = read_token(sys.stdin.read() if given == "-" else given, key=key, secret=secret, now=time.time())
    code = 0 if reading.usable else 1
    if as_json:
        result = asdict(reading)
        print(json.dumps({**result, "lines": dict(reading.lines)}, indent=2, ensure_ascii=False))
        return code
    console, wide = Console(highlight=False), max(len(label) for label, _ in reading.lines)
    for label, text in reading.lines:
        bad = label in ("time", "signature") and text.startswith(("expired", "not valid", "does not", "valid for ever"))
        shown = Text("".join(char if char.isprintable() else "?" for char in text), style="red" if bad else "")
        console.print(Text(f"{label:<{wide}}  ", style="dim") + shown, soft_wrap=True)
    return code


def _seconds(text: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", text.strip().lower())
    if found is None or found[2] not in _UNITS:
        raise SettingsError(f"--ttl {text!r} is not a duration; write for example 90s, 15m, 2h or 1d")
    return float(found[1]) * _UNITS[found[2]]


def _metadata(given: str, agent: str | None) -> str:
    """Return the metadata: the text in `given`, or the text of FILE if `given` is `@FILE`.

    Raises `SettingsError` if the text is not a JSON object, because plans read metadata as a JSON object.
    """
    import json  # late import, so that other commands start faster

    if not given:
        return ""
    if agent is None:
        raise SettingsError("--metadata is sent to an agent; name the agent with --agent NAME")
    try:
        text = Path(given[1:]).read_text(encoding="utf-8") if given.startswith("@") else given
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot read the metadata from {given[1:]!r} ({error}); name a UTF-8 text file") from None
    try:
        fine = isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        fine = False
    if not fine:
        raise SettingsError("""--metadata is not a JSON object; write for example --metadata '{"guest": "Ada"}'""")
    return text
