"""The guide to MCP: its configuration is valid JSON for a command that exists, and its table has each role's tools."""

import json
import re

from offhook.core.commands import ROLES
from offhook.mcp_server.tools import tools_for

from .pages import DOCS, blocks, prose
from .test_snippets import check_offhook

PAGE = DOCS / "mcp.md"


def test_the_configuration_starts_a_command_that_exists() -> None:
    (text,) = [block.text for block in blocks(PAGE) if block.text.startswith("{")]
    (server,) = json.loads(text)["mcpServers"].values()
    assert server["command"].endswith("/offhook")
    command, *options = server["args"]
    check_offhook(command, options)


def test_the_table_has_the_tools_of_each_role() -> None:
    rows = dict(re.findall(r"^\| `(\w+)`(?:, the default)? \| (`.*|also .*) \|$", prose(PAGE), re.MULTILINE))
    assert list(rows) == list(ROLES)
    told = set[str]()
    for role in ROLES:
        told |= set(re.findall(r"`(\w+)`", rows[role]))
        assert told == {tool.name for tool in tools_for(role)}
