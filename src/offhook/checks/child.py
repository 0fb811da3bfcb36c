"""Runs one program with a time limit and an output limit. At the end, the program's process group is killed."""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

__all__ = ["Output", "output_of"]

_KEPT = 262_144
"""Only this many bytes from the end of an output are kept."""
_DRAIN = 2.0
"""Maximum seconds to read the rest of the output after the program was killed."""


@dataclass(frozen=True, slots=True)
class Output:
    """The last bytes that a program printed on standard output and standard error, as text."""

    out: str
    errors: str


async def output_of(command: Sequence[str], environ: Mapping[str, str], limit: float) -> Output | None:
    """Run the program; return its output, or None if it ran for more than `limit` seconds and was killed."""
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    child = await asyncio.create_subprocess_exec(
        *command, env=dict(environ), stdin=nothing, stdout=pipe, stderr=pipe, start_new_session=True
    )
    try:
        async with asyncio.timeout(limit):
            out, errors = await asyncio.gather(_tail(child.stdout), _tail(child.stderr))
            await child.wait()
    except TimeoutError:
        return None
    finally:
        await _stop(child)
    return Output(out.decode(errors="replace"), errors.decode(errors="replace"))


async def _tail(stream: asyncio.StreamReader | None) -> bytes:
    """Return the last `_KEPT` bytes of the stream, so that endless output does not fill the memory."""
    kept = b""
    while stream is not None and (chunk := await stream.read(_KEPT)):
        kept = (kept + chunk)[-_KEPT:]
    return kept


async def _stop(child: asyncio.subprocess.Process) -> None:
    """Kill the whole process group, because an agent file may have started other programs."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    # The pipes are read, because `wait` does not return while a pipe has unread output. The time is limited, because a
    # program that left the process group may keep a pipe open.
    with suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN):
            await asyncio.gather(_tail(child.stdout), _tail(child.stderr), child.wait())
