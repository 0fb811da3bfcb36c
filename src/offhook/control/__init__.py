"""Sends commands to running calls and dispatches agents to rooms, through LiveKit's server API."""

from offhook.control.api import Api, connect
from offhook.control.client import send_command
from offhook.control.dispatch import DispatchResult, dispatch
from offhook.core.commands import EndCommand, dump_command, parse_command

__all__ = [
    "Api",
    "DispatchResult",
    "EndCommand",
    "connect",
    "dispatch",
    "dump_command",
    "parse_command",
    "send_command",
]
