"""Says what `dev` does when no LiveKit server is configured."""

import asyncio
import shutil
from collections.abc import Mapping
from pathlib import Path

from offhook.checks.finding import Finding, ok, problem, warning
from offhook.core.errors import ServerError
from offhook.dev.binary import VERSION, cache_folder, find_or_fetch
from offhook.settings import Settings

__all__ = ["look_at_local_server"]

_DEV = "LIVEKIT_URL is not set: `dev` starts a server here"


async def look_at_local_server(settings: Settings, environ: Mapping[str, str]) -> Finding:
    """Whether the program that `dev` would start is at hand; nothing is fetched."""
    if settings.livekit_server is not None:
        try:
            chosen = await asyncio.to_thread(find_or_fetch, settings.livekit_server, environ=environ)
        except ServerError as error:
            detail, _, todo = str(error).partition("; ")
            return problem(detail, todo)
        return ok(f"{_DEV} ({chosen})")
    cached = (settings.cache or cache_folder(environ)) / f"livekit-server-{VERSION}"
    found = shutil.which("livekit-server", path=environ.get("PATH", ""))
    at_hand = Path(found) if found else cached if cached.is_file() else None
    if at_hand is None:
        todo = "run `offhook server --fetch-only` to fetch it now, or set LIVEKIT_URL for a server elsewhere"
        return warning(f"{_DEV}, which it must fetch first", todo)
    return ok(f"{_DEV} ({at_hand})")
