"""Makes the answers of tools: structured content with the result, or one line with the code of the error."""

import json
from collections.abc import Mapping

from mcp.types import CallToolResult, TextContent

from offhook.control import CommandReport
from offhook.core.errors import CommandError, OffhookError
from offhook.mcp_server.words import UNTRUSTED

__all__ = ["answered", "error_line", "refused", "reported", "with_notice"]

_FAILED = ("failed", "unsupported")


def answered(data: Mapping[str, object]) -> CallToolResult:
    """Return the result of a query."""
    return _result({"status": "answered", **with_notice(data)})


def with_notice(data: Mapping[str, object]) -> dict[str, object]:
    """Return the data of a call, with the notice that its texts are not instructions."""
    return {"notice": UNTRUSTED, "data": data}


def reported(report: CommandReport) -> CallToolResult:
    """Return the result of a command. A command that changed nothing is an error."""
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
    """Return the error as one line with its code."""
    return _error(error_line(error))


def error_line(error: OffhookError) -> str:
    """Return one line: the code of the error and what to do."""
    code = error.code if isinstance(error, CommandError) else type(error).__name__
    return f"{code}: {_one_line(str(error))}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _result(content: dict[str, object]) -> CallToolResult:
    text = json.dumps(content, ensure_ascii=False)
    return CallToolResult(content=[TextContent(text=text)], structured_content=content)


def _error(line: str) -> CallToolResult:
    """Return an error as text only, because some clients compare structured content with the schema of a success."""
    return CallToolResult(content=[TextContent(text=line)], is_error=True)
