"""The commands that a running call takes from outside. Each verb is one module of `verbs`; `table` finds all verbs."""

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
