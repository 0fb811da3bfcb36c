"""The commands that other programs send to a running call. Each command is one module in `verbs`."""

from offhook.core.commands.base import METHOD, ROLES, CallView, Command, CommandTarget, Query, Role, tag_of
from offhook.core.commands.table import COMMANDS, allowed, dump_command, parse_command, schema_of
from offhook.core.commands.verbs.end import EndCommand

__all__ = [
    "COMMANDS",
    "METHOD",
    "ROLES",
    "CallView",
    "Command",
    "CommandTarget",
    "EndCommand",
    "Query",
    "Role",
    "allowed",
    "dump_command",
    "parse_command",
    "schema_of",
    "tag_of",
]
