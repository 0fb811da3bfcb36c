"""The result of a command, as the sender gets it."""

from collections.abc import Sequence
from dataclasses import dataclass

from offhook.core.errors import CommandError

__all__ = ["GONE", "CommandReport", "report_without_answer"]

GONE = ("ended", "no_agent", "no_room", "elsewhere")
"""The codes of errors that mean that the agent is not in the room any more."""


@dataclass(frozen=True, slots=True)
class CommandReport:
    """The result of a command. `status` is the last result, or "accepted" if the sender did not wait for one.

    `results` are all results in order: (status, detail). `final` is False if a later result is possible.
    """

    id: str
    command: str
    status: str
    detail: str = ""
    results: Sequence[tuple[str, str]] = ()
    final: bool = True

    @property
    def ok(self) -> bool:
        """True if the command was carried out, or was accepted and the sender did not wait for its result."""
        return self.status == "accepted" or (self.final and self.status in ("applied", "spoken"))


def report_without_answer(report: CommandReport, results: list[tuple[str, str]], error: CommandError) -> CommandReport:
    """Return the report of an `end` command whose call is over. Other commands raise `CommandError`: their result is
    lost.
    """
    if error.code not in GONE:
        raise error
    if report.command == "end":
        last = ("applied", "the call is over")
        return CommandReport(report.id, "end", *last, (*results, last), final=True)
    raise CommandError(
        "lost", f"the call ended, or its worker died, before the result of {report.command!r}"
    ) from error
