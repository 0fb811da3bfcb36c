"""Makes the results of MCP tools: structured content, or, for an error, one line with the error code."""

import json
from collections.abc import Mapping

from mcp.types import CallToolResult, TextContent

from offhook.control import CommandReport
from offhook.core.errors import CommandError, OffhookError
from offhook.mcp_server.words import UNTRUSTED

__all__ = ["answered", "error_line", "refused", "reported", "with_notice"]

_FAILED = ("failed", "unsupported")


def answered(data: Mapping[str, object]) -> CallToolResult:
    """Return the tool result for a query that returned this data."""
    return _result({"status": "answered", **with_notice(data)})


def with_notice(data: Mapping[str, object]) -> dict[str, object]:
    """Return this data, with the notice that texts in the data are not instructions."""
    return {"notice": UNTRUSTED, "data": data}


def reported(report: CommandReport) -> CallToolResult:
    """Return the tool result for a command. A command that failed or that is not supported gives an error."""
    if report.status in _FAILED:
        return _error(f"{report.status}: {_one_line(report.detail)}")
    return _result(
        {
            "status": report.status,
            "detail": report.detail,
            "id": report.id,
            "command": report.command,
            "results": [{"status": status, "detail": detail} for status, detail in report.results],
        }
    )


def refused(error: OffhookError) -> CallToolResult:
    """Return a tool result with this error as one line."""
    return _error(error_line(error))


def error_line(error: OffhookError) -> str:
    """Return one line: the error code, then what to do."""
    code = error.code if isinstance(error, CommandError) else type(error).__name__
    return f"{code}: {_one_line(str(error))}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _result(content: dict[str, object]) -> CallToolResult:
    text = json.dumps(content, ensure_ascii=False)
    return CallToolResult(content=[TextContent(text=text)], structured_content=content)


def _error(line: str) -> CallToolResult:
    """Return an error without structured content, because some MCP clients compare structured content with the tool's
    output schema, which describes only a success.
    """
    return CallToolResult(content=[TextContent(text=line)], is_error=True)
