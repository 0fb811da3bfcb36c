"""Makes signed tokens: to join a room, to use the LiveKit server's API, or to send a command to a running call."""

from offhook.tokens.commands import MAX_TOKEN, Command, command_keys, sign_command, verify_command, with_verb
from offhook.tokens.rooms import Grant, Keys, Role, join_token, room_token, server_token

__all__ = [
    "MAX_TOKEN",
    "Command",
    "Grant",
    "Keys",
    "Role",
    "command_keys",
    "join_token",
    "room_token",
    "server_token",
    "sign_command",
    "verify_command",
    "with_verb",
]
