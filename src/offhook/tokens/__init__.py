"""Tokens: who may join a room, who may call the server's API, who may command a call."""

from offhook.tokens.commands import MAX_TOKEN, Command, open_command, sign_command
from offhook.tokens.rooms import Grant, Keys, Role, join_token, room_token, server_token

__all__ = [
    "MAX_TOKEN",
    "Command",
    "Grant",
    "Keys",
    "Role",
    "join_token",
    "open_command",
    "room_token",
    "server_token",
    "sign_command",
]
