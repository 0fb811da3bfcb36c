"""Everything offhook raises.

OffhookError
├── SettingsError    a setting is missing, misspelt or impossible
├── PlanError        the plan function or what it returned cannot be used
├── ServerError      no livekit-server could be found, built or started
├── DispatchError    nobody took the call
├── CommandError     a command was refused; `code` says why
├── JournalError     the journal cannot be opened or read
└── UnsupportedError the model of this call cannot do what was asked; nothing was changed
"""

from typing import Literal

__all__ = [
    "CommandCode",
    "CommandError",
    "DispatchError",
    "JournalError",
    "OffhookError",
    "PlanError",
    "ServerError",
    "SettingsError",
    "UnsupportedError",
]

CommandCode = Literal["malformed", "unsigned", "expired", "elsewhere", "replayed", "unsupported", "unreachable"]


class OffhookError(Exception):
    """Base of every error offhook raises; its text says what to do."""


class SettingsError(OffhookError):
    """A setting is missing, misspelt or impossible."""


class PlanError(OffhookError):
    """The plan function, or what it returned, cannot be used."""


class ServerError(OffhookError):
    """No livekit-server could be found, built or started."""


class DispatchError(OffhookError):
    """Nobody took the call."""


class JournalError(OffhookError):
    """The journal cannot be opened or read."""


class UnsupportedError(OffhookError):
    """The model of this call cannot do what was asked; nothing was changed."""


class CommandError(OffhookError):
    """A command was refused."""

    def __init__(self, code: CommandCode, text: str) -> None:
        super().__init__(text)
        self.code = code
