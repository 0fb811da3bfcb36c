"""The result of a command, as the sender gets it."""

from collections.abc import Sequence
from dataclasses import dataclass

from offhook.core.errors import CommandError

__all__ = ["GONE", "CommandReport", "report_without_answer"]

GONE = ("ended", "no_agent", "no_room", "elsewhere")
"""An error with one of these codes usually means that the call has ended, or that its agent has left the room."""


@dataclass(frozen=True, slots=True)
class CommandReport:
    """The result of a command. `status` is the status of the last result, or "accepted" if no result has come yet.

    `results` are all results in order: (status, detail). `final` is False if more results may follow.
    """

    id: str
    command: str
    status: str
    detail: str = ""
    results: Sequence[tuple[str, str]] = ()
    final: bool = True

    @property
    def ok(self) -> bool:
        """True if the call has carried the command out, or has accepted the command and no result has come yet."""
        return self.status == "accepted" or (self.final and self.status in ("applied", "spoken"))


def report_without_answer(report: CommandReport, results: list[tuple[str, str]], error: CommandError) -> CommandReport:
    """Return the report of a command whose call ended before the final result came.

    For the command `end`, the end of the call is the result. For any other command, raises `CommandError`, because the
    result is lost.
    """
    if error.code not in GONE:
        raise error
    if report.command == "end":
        last = ("applied", "the call is over")
        return CommandReport(report.id, "end", *last, (*results, last), final=True)
    raise CommandError(
        "lost", f"the call ended, or its worker died, before the result of {report.command!r}"
    ) from error
