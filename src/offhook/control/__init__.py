"""Sends commands to running calls and dispatches agents to rooms, through LiveKit's server API."""

from offhook.control.api import Api, connect
from offhook.control.client import Client, CommandReport, RunningCall, send_command
from offhook.control.dispatch import DispatchResult, dispatch
from offhook.control.permissions import Rights, RightsChange, change_rights, read_rights
from offhook.core.commands import EndCommand, dump_command, parse_command

__all__ = [
    "Api",
    "Client",
    "CommandReport",
    "DispatchResult",
    "EndCommand",
    "Rights",
    "RightsChange",
    "RunningCall",
    "change_rights",
    "connect",
    "dispatch",
    "dump_command",
    "parse_command",
    "read_rights",
    "send_command",
]
