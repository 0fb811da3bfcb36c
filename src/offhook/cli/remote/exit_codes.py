"""The exit codes of the commands for running calls: one for each result, and one for each code of `CommandError`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from offhook.core.errors import CommandCode

if TYPE_CHECKING:
    from offhook.client import CommandReport

__all__ = ["ERRORS", "RESULTS", "exit_code_of"]

RESULTS: Mapping[str, int] = {
    "accepted": 0,
    "applied": 0,
    "spoken": 0,
    "failed": 10,
    "unsupported": 11,
    "interrupted": 12,
    "unfinished": 13,
}
"""The exit code of each result of a command. "unfinished": no final result came within `--timeout`."""

ERRORS: Mapping[CommandCode, int] = {
    "malformed": 20,
    "empty": 21,
    "too_long": 22,
    "unknown_verb": 23,
    "unsigned": 30,
    "expired": 31,
    "clock": 32,
    "elsewhere": 33,
    "forbidden": 34,
    "too_many": 35,
    "no_room": 40,
    "no_agent": 41,
    "two_agents": 42,
    "not_offhook": 43,
    "ended": 44,
    "lost": 45,
    "unreachable": 50,
}
"""The exit code of each code of `CommandError`. Other errors have the exit code 2."""


def exit_code_of(report: "CommandReport", *, waited: bool) -> int:
    """Return the exit code for a report; the code of "unfinished" if the user waited but no final result came."""
    return RESULTS["unfinished" if waited and not report.final else report.status]
