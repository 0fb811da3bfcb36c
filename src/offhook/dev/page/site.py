"""The web server of a local page: its files, its headers and its routes. Only the page itself can use the routes."""

import socket
from collections.abc import Iterable, Mapping

from aiohttp import web

from offhook.dev.page.assets import Part
from offhook.dev.page.security import guarded

__all__ = ["guarded_site", "open_site"]


def guarded_site(
    files: Mapping[str, Part], common: Mapping[str, str], routes: Iterable[web.RouteDef]
) -> web.Application:
    """Return an application with these files and routes. Every response has the headers in `common`."""

    async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(common)

    async def file(request: web.Request) -> web.StreamResponse:
        part = files.get(request.path)
        if part is None:
            raise web.HTTPNotFound(text="there is no such page\n")
        return web.FileResponse(part.path, headers={"Content-Type": f"{part.content_type}; charset=utf-8"})

    app = web.Application(middlewares=[guarded], client_max_size=1024)
    app.on_response_prepare.append(add_headers)
    app.router.add_routes([*routes, web.get("/{name:[^/]*}", file)])
    return app


async def open_site(app: web.Application, listening: socket.socket) -> web.AppRunner:
    """Serve the application on this socket, without a log of the requests."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.SockSite(runner, listening).start()
    return runner
