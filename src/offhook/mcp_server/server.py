"""The MCP server: answers each request with the access of the person who sent the request."""

from collections.abc import Awaitable
from typing import Any, TypeVar

from mcp.server import Server, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
)

from offhook.core.errors import OffhookError
from offhook.mcp_server.access import WhoAsks
from offhook.mcp_server.answers import error_line, refused
from offhook.mcp_server.resources import list_resources, list_templates, read_resource
from offhook.mcp_server.tools import tools_for
from offhook.mcp_server.watch import listen
from offhook.mcp_server.words import INSTRUCTIONS

__all__ = ["make_server"]

Context = ServerRequestContext[Any, Any]
Page = PaginatedRequestParams | None
T = TypeVar("T")


def make_server(who_asks: WhoAsks, *, version: str) -> Server[Any]:
    """Return the server. While the server runs, the `Client` of each `Access` that `who_asks` returns must be open."""

    async def tools(ctx: Context, params: Page) -> ListToolsResult:  # noqa: ARG001  # the SDK's signature
        return ListToolsResult(tools=list(tools_for(who_asks().role)))

    async def call_tool(ctx: Context, params: CallToolRequestParams) -> CallToolResult:  # noqa: ARG001  # the SDK's signature
        try:
            return await who_asks().use(params.name, params.arguments or {})
        except OffhookError as error:
            return refused(error)

    async def resources(ctx: Context, params: Page) -> ListResourcesResult:  # noqa: ARG001  # the SDK's signature
        return await _or_error(list_resources(who_asks()))

    async def templates(ctx: Context, params: Page) -> ListResourceTemplatesResult:  # noqa: ARG001  # the SDK's signature
        return list_templates()

    async def read(ctx: Context, params: ReadResourceRequestParams) -> ReadResourceResult:  # noqa: ARG001  # the SDK's signature
        return await _or_error(read_resource(who_asks(), str(params.uri)))

    async def watch(ctx: Context, params: SubscriptionsListenRequestParams) -> SubscriptionsListenResult:
        return await _or_error(listen(who_asks(), ctx, params))

    return Server(
        "offhook",
        version=version,
        title="Running voice calls",
        instructions=INSTRUCTIONS,
        on_list_tools=tools,
        on_call_tool=call_tool,
        on_list_resources=resources,
        on_list_resource_templates=templates,
        on_read_resource=read,
        on_subscriptions_listen=watch,
    )


async def _or_error(answer: Awaitable[T]) -> T:
    """Return the answer. Replace an error of offhook with an MCP error that has one line: the error code, then what to
    do.
    """
    try:
        return await answer
    except OffhookError as error:
        raise MCPError(INVALID_PARAMS, error_line(error)) from error
