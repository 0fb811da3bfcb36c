"""Checks that `offhook dev` can start a LiveKit server if no LiveKit server is configured."""

import asyncio
import shutil
from collections.abc import Mapping
from pathlib import Path

from offhook.checks.finding import Finding, ok, problem, warning
from offhook.core.errors import ServerError
from offhook.dev.binary import VERSION, cache_folder, find_or_fetch
from offhook.settings import Settings

__all__ = ["check_local_server"]

_DEV = "LIVEKIT_URL is not set: `dev` starts a server here"


async def check_local_server(settings: Settings, environ: Mapping[str, str]) -> Finding:
    """Check that the program `livekit-server`, which `offhook dev` would start, is installed. The check does not
    download the program.
    """
    if settings.livekit_server is not None:
        try:
            chosen = await asyncio.to_thread(find_or_fetch, settings.livekit_server, environ=environ)
        except ServerError as error:
            detail, _, todo = str(error).partition("; ")
            return problem(detail, todo)
        return ok(f"{_DEV} ({chosen})")
    cached = (settings.cache or cache_folder(environ)) / f"livekit-server-{VERSION}"
    found = shutil.which("livekit-server", path=environ.get("PATH", ""))
    program = Path(found) if found else cached if cached.is_file() else None
    if program is None:
        todo = "run `offhook server --fetch-only` to fetch the program now, or set LIVEKIT_URL for a server elsewhere"
        return warning(f"{_DEV}, but must fetch the program first", todo)
    return ok(f"{_DEV} ({program})")
