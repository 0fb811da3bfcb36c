"""All exceptions of offhook.

OffhookError
├── SettingsError    a setting is missing, misspelt or invalid
├── PlanError        the plan function, or its result, is invalid
├── ServerError      no livekit-server was found, built or started
├── DispatchError    no worker took the call
├── RoomError        the server, a room or a participant in it was not found, or the server refused a request
├── CommandError     a command was refused; `code` is the reason
├── JournalError     the journal cannot be opened or read
└── UnsupportedError the model of this call does not support the request; nothing was changed
"""

from typing import Literal

__all__ = [
    "CommandCode",
    "CommandError",
    "DispatchError",
    "JournalError",
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
"""Why a command was refused or not answered. docs/reference/reasons.md says what each code means."""


class OffhookError(Exception):
    """Base class of all exceptions of offhook; the message says what to do."""


class SettingsError(OffhookError):
    """A setting is missing, misspelt or invalid."""


class PlanError(OffhookError):
    """The plan function, or its result, is invalid."""


class ServerError(OffhookError):
    """No livekit-server was found, built or started."""


class DispatchError(OffhookError):
    """No worker took the call."""


class RoomError(OffhookError):
    """The server, a room or a participant in it was not found, or the server refused a request."""


class JournalError(OffhookError):
    """The journal cannot be opened or read."""


class UnsupportedError(OffhookError):
    """The model of this call does not support the request; nothing was changed."""


class CommandError(OffhookError):
    """A command was refused; `code` is the reason."""

    def __init__(self, code: CommandCode, text: str) -> None:
        super().__init__(text)
        self.code = code
