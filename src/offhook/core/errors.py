"""All exceptions of offhook.

OffhookError
├── SettingsError    a setting is missing, misspelt or invalid
├── PlanError        the plan function, or its result, is invalid
├── LookupFailedError  a lookup failed or gave no answer in time, and the cache has no earlier answer
├── ServerError      no livekit-server was found, built or started
├── DispatchError    no worker took the call
├── RoomError        the server, a room or a participant in it was not found, or the server refused a request
├── CommandError     a command was refused or not answered; `code` is the reason
├── JournalError     the journal cannot be opened or read
└── UnsupportedError a model of this call, or the caller's phone or web client, does not support the request; nothing
                     was changed
"""

from collections.abc import Mapping
from typing import Literal

__all__ = [
    "COMMAND_CODES",
    "CommandCode",
    "CommandError",
    "DispatchError",
    "JournalError",
    "LookupFailedError",
    "OffhookError",
    "PlanError",
    "RoomError",
    "ServerError",
    "SettingsError",
    "UnsupportedError",
]

CommandCode = Literal[
    "malformed",
    "empty",
    "too_long",
    "unknown_verb",
    "unsigned",
    "expired",
    "clock",
    "elsewhere",
    "forbidden",
    "too_many",
    "no_room",
    "no_agent",
    "two_agents",
    "not_offhook",
    "ended",
    "lost",
    "unreachable",
]
"""Why a command was refused or not answered; `COMMAND_CODES` says what each code means."""

COMMAND_CODES: Mapping[CommandCode, str] = {
    "malformed": "the request is not a command, or a field of the command is unknown, missing or wrong",
    "empty": "a text of the command is empty, or all fields are empty",
    "too_long": "a text has more than 4,000 characters, or the command more than 15 KiB",
    "unknown_verb": "there is no such verb; the error names the nearest verb",
    "unsigned": "the command is not signed with the server's API secret or a key in `OFFHOOK_COMMAND_KEYS`",
    "expired": "the command is older than its lifetime (30 s by default, 60 s at most)",
    "clock": "the command has a time in the future: the clocks of the two machines differ by more than 5 s",
    "elsewhere": "the command is signed for another call",
    "forbidden": "the sender's role, or the token's list of verbs, does not permit this verb",
    "too_many": "the call gets more commands than the limit: 50 in a second, 5,000 in total",
    "no_room": "there is no room of this name, or its call has ended",
    "no_agent": "the room has no agent, or does not have the agent that you named",
    "two_agents": "the room has several agents, and the command names none",
    "not_offhook": "the agent in the room does not run under offhook",
    "ended": "the call has ended, or its agent has left",
    "lost": "the call ended, or its worker died, before the result of an accepted command",
    "unreachable": "the LiveKit server or the call does not answer, or the server refuses the API key",
}


class OffhookError(Exception):
    """Base class of all exceptions of offhook; the message says what to do."""


class SettingsError(OffhookError):
    """A setting is missing, misspelt or invalid."""


class PlanError(OffhookError):
    """The plan function, or its result, is invalid."""


class LookupFailedError(OffhookError):
    """A lookup failed or gave no answer in time, and the cache has no earlier answer."""


class ServerError(OffhookError):
    """No livekit-server was found, built or started."""


class DispatchError(OffhookError):
    """No worker took the call."""


class RoomError(OffhookError):
    """The server, a room or a participant in it was not found, or the server refused a request."""


class JournalError(OffhookError):
    """The journal cannot be opened or read."""


class UnsupportedError(OffhookError):
    """A model of this call, or the caller's phone or web client, does not support the request; nothing was changed."""


class CommandError(OffhookError):
    """A command was refused or not answered; `code` is the reason."""

    def __init__(self, code: CommandCode, text: str) -> None:
        super().__init__(text)
        self.code = code
