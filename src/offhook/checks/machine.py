"""Checks this machine and this installation: versions, the port of the health check, the capacity."""

import asyncio
import errno
import importlib.metadata
import json
import os
import platform
import re
import socket
from collections.abc import Callable, Iterable

import aiohttp

from offhook.checks.finding import Finding, ok, problem, warning
from offhook.checks.web import Route, fetch
from offhook.settings import Settings

__all__ = ["check_capacity", "check_port", "check_versions", "outside"]

_ANSWERS = 1.0
"""Maximum seconds to wait for the answer of a worker that may already use the port."""

Version = Callable[[str], str]


async def check_versions(version_of: Version = importlib.metadata.version) -> Finding:
    """Check that LiveKit's packages have versions that this version of offhook supports. Python's version is only
    reported.
    """
    here = f"Python {platform.python_version()}"
    try:
        requirements = importlib.metadata.requires("offhook") or []
        detail = (
            f"offhook {importlib.metadata.version('offhook')}, livekit-agents {version_of('livekit-agents')}, {here}"
        )
        wrong = outside(requirements, version_of)
    except importlib.metadata.PackageNotFoundError as error:
        return problem(f"{here}: the package {error.name} is not installed", "run pip install offhook")
    if wrong:
        return problem("; ".join(wrong), "run pip install --upgrade offhook")
    return ok(detail)


def outside(requirements: Iterable[str], version_of: Version) -> list[str]:
    """Return one text for each LiveKit package whose installed version is outside the required range."""
    wrong = []
    for requirement in requirements:
        if (found := re.match(r"(livekit-[\w-]+)\s*([^;]*)", requirement)) is None:
            continue
        name, bounds = found[1], found[2].strip()
        version = version_of(name)
        if not all(_within(version, bound) for bound in filter(None, bounds.split(","))):
            wrong.append(f"{name} {version} is installed, {bounds} is needed")
    return wrong


async def check_capacity(settings: Settings) -> Finding:
    """Report how many calls a worker on this machine takes at once, and which setting or rule gives this number."""
    cores = os.cpu_count() or 1
    calls = settings.calls_at_once
    if settings.capacity is None:
        return ok(f"{calls} at once: five for each of {cores} cores")
    if settings.capacity > 20 * cores:
        todo = "set OFFHOOK_CAPACITY lower, unless these calls use very little CPU here"
        return warning(f"{calls} at once on {cores} cores", todo)
    return ok(f"{calls} at once (OFFHOOK_CAPACITY)")


async def check_port(port: int) -> Finding:
    """Check that the port of the health check is free for `start`. `dev` does not need this port, because `dev` uses
    any free port.
    """
    if port == 0:
        return ok("any free port, as the agent file says")
    error = _bind(port)
    if error is None:
        return ok(f"{port} is free for the health check")
    if error.errno != errno.EADDRINUSE:
        return problem(
            f"{port} cannot be used ({error.strerror})", "give the agent another port with serve(plan, port=...)"
        )
    who = await _worker_at(port)
    todo = "stop that program before `start`, or write serve(plan, port=0) for any free port; `dev` uses any free port"
    return warning(f"{port} is used by {who}", todo)


def _bind(port: int) -> OSError | None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))  # the worker binds its port in the same way
            probe.listen(1)
        except OSError as error:
            return error
    return None


async def _worker_at(port: int) -> str:
    try:
        async with asyncio.timeout(_ANSWERS):
            answer = await fetch(f"http://127.0.0.1:{port}/worker", headers={}, route=Route())
    except (aiohttp.ClientError, OSError):
        return "another program"
    match answer.data:
        case {"agent_name": str(name), "worker_type": _}:
            return f"another worker ({json.dumps(name)})" if name else "another worker"
    return "another program"


def _within(version: str, bound: str) -> bool:
    """Return True if the version is within a bound such as `>=1.8.9` or `<1.9`. A bound with any other operator counts
    as met, because pip checks these bounds.
    """
    found = re.match(r"(>=|<)([\d.]+)$", bound.strip())
    if found is None:
        return True
    at, limit = _numbers(version), _numbers(found[2])
    return at >= limit if found[1] == ">=" else at < limit


def _numbers(version: str) -> tuple[int, ...]:
    released = re.match(r"[\d.]*", version)
    return tuple(int(part) for part in (released[0] if released else "").split(".") if part)
