"""Runs the MCP server on standard input and output, or over HTTP."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from mcp.server.stdio import stdio_server

from offhook.control import Client
from offhook.core.commands import ROLES, Role
from offhook.core.commands.keys import CommandKey
from offhook.mcp_server.access import Access
from offhook.mcp_server.http import PATH, Keys, application, listening_socket, serve
from offhook.mcp_server.server import make_server

__all__ = ["lower", "run_http", "run_stdio"]


async def run_stdio(livekit: Mapping[str, Any], *, role: Role, by: str, version: str) -> None:
    """Serve one MCP client until the client closes standard input. Meanwhile, what other code writes to standard output
    goes to standard error.
    """
    async with _access(livekit, role=role, by=by) as access, stdio_server() as (reading, writing):
        server = make_server(lambda: access, version=version)
        await server.run(reading, writing, server.create_initialization_options())


async def run_http(  # noqa: PLR0913  # what the command line gives
    livekit: Mapping[str, Any],
    address: str,
    *,
    keys: Sequence[CommandKey],
    role: Role | None,
    by: str,
    hosts: Sequence[str],
    version: str,
    at_ready: Callable[[str], None],
) -> None:
    """Serve all MCP clients until SIGINT or SIGTERM. With `keys`, each request needs a key. `role` limits the rights of
    all keys; None sets no limit.
    """
    listening, allowed = listening_socket(address, keys=bool(keys), names=hosts)
    with listening:
        async with AsyncExitStack() as stack:
            if keys:
                limits = {key.name: lower(key.role, role) for key in keys}
                owners = {
                    name: await stack.enter_async_context(_access(livekit, role=limit, by=name))
                    for name, limit in limits.items()
                }
                bearer = Keys(keys, owners)
                app = application(make_server(bearer.who_asks, version=version), hosts=allowed, keys=bearer)
            else:
                one = await stack.enter_async_context(_access(livekit, role=role or "viewer", by=by))
                app = application(make_server(lambda: one, version=version), hosts=allowed, keys=None)
            at_ready(f"http://{allowed[0]}{PATH}")
            await serve(app, listening)


@asynccontextmanager
async def _access(livekit: Mapping[str, Any], *, role: Role, by: str) -> AsyncIterator[Access]:
    async with Client(**livekit, by=by, role=role) as client:
        yield Access(client, role)


def lower(role: Role, limit: Role | None) -> Role:
    """Return the lower of the two roles. If `limit` is None, return `role`."""
    return role if limit is None else min(role, limit, key=ROLES.index)
