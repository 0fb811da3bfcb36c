"""Turns verified commands into decisions, and reports the results of the commands."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from offhook.core.commands import Command, Query, tag_of
from offhook.core.decisions import CommandStatus, Decision, ReportCommand
from offhook.core.facts import (
    ActionDone,
    CallerLeft,
    CommandReceived,
    EndCancelled,
    EndRequested,
    Fact,
    HangUpDone,
    LinePlayed,
    PlanFailed,
    QuietChanged,
    RoomDisconnected,
    SessionClosed,
)

__all__ = ["CommandPolicy"]

_UNSUPPORTED = "UnsupportedError: "
"""An error that begins with this text says that this call does not support the command."""

_CLOSED = ("room_deleted", "room_closed")
"""Disconnect reasons with which the server says that the room is closed."""


@dataclass(frozen=True, slots=True)
class _Pending:
    id: str
    command: Command

    def report(self, status: CommandStatus, detail: str = "", *, final: bool = True, why: str = "") -> ReportCommand:
        return ReportCommand(self.id, status, detail, final=final, why=why or f"{self.command.name}: {status}")


class CommandPolicy:
    """Turns each command into decisions, and reports at least one result for each command.

    While the call is ending, every new command except `end` and `note` fails. When the call is over, each open `end`
    gets the result of the hang-up, and every other open command fails.
    """

    name: ClassVar[str] = "commands"

    deadline: float | None = None

    def __init__(self) -> None:
        self._pending: dict[str, _Pending] = {}
        self._ending = self._quiet = ""

    def handle(self, fact: Fact, now: float) -> Sequence[Decision]:  # noqa: ARG002  # the signature of every policy
        match fact:
            case CommandReceived(verb=Query()):  # `CommandReceiver` answers queries itself
                return ()
            case CommandReceived(id=id_, by=by, verb=command):
                return self._begin(_Pending(id_, command), by)
            case LinePlayed(tag="goodbye", interrupted=False, error=""):
                return [one.report("spoken", final=False) for one in self._pending.values() if _ends(one.command)]
            case LinePlayed(tag=tag) if tag in self._pending:
                return [_line_result(self._pending.pop(tag), fact)]
            case ActionDone(tag=tag) if tag in self._pending:
                return [_action_result(self._pending.pop(tag), fact)]
            case RoomDisconnected(reason="client_initiated"):
                return ()  # the agent has left; `HangUpDone` follows and says whether the room was closed
            case HangUpDone() | RoomDisconnected():
                return self._call_over(fact)
            case EndCancelled():
                self._ending = ""
                return self._end_cancelled()
        self._notice(fact)
        return ()

    def _notice(self, fact: Fact) -> None:
        """Store two states that limit later commands: whether the call is ending, and whether the agent is quiet."""
        match fact:
            case EndRequested(reason=reason):
                self._ending = self._ending or reason
            case PlanFailed() | SessionClosed() | CallerLeft():
                self._ending = self._ending or "the call is over"
            case QuietChanged(mode=mode):
                self._quiet = mode

    def _begin(self, one: _Pending, by: str) -> Sequence[Decision]:
        if self._ending and not _ends(one.command) and one.command.name != "note":
            return [one.report("failed", f"nothing was done: the call is ending ({self._ending})")]
        if self._quiet and one.command.asks_model:
            return [one.report("failed", f"the agent is quiet ({self._quiet}); send `resume` first")]
        decisions = one.command.decide(one.id, by)
        if any(isinstance(decision, ReportCommand) and decision.final for decision in decisions):
            return decisions
        self._pending[tag_of(one.id)] = one
        if one.command.speaks:
            return [*decisions, one.report("applied", "queued after the current speech", final=False)]
        return decisions

    def _call_over(self, fact: HangUpDone | RoomDisconnected) -> Sequence[Decision]:
        pending, self._pending = self._pending, {}
        left_open = fact.left_open if isinstance(fact, HangUpDone) else _lost(fact.reason)
        why = "the call was hung up" if isinstance(fact, HangUpDone) else "the room disconnected"
        done = list[Decision]()
        for one in pending.values():
            if not _ends(one.command):
                done.append(one.report("failed", "the call ended before the command was carried out", why=why))
            elif left_open:
                done.append(
                    one.report("failed", f"the connection was left open: {left_open}", why="the hang-up failed")
                )
            else:
                done.append(one.report("applied", why=why))
        return done

    def _end_cancelled(self) -> Sequence[Decision]:
        """Report a failure for each open `end` command, because the caller spoke during the goodbye and so cancelled
        the end.
        """
        ended = [tag for tag, one in self._pending.items() if _ends(one.command)]
        return [self._pending.pop(tag).report("failed", "the caller spoke, and the call continues") for tag in ended]


def _lost(reason: str) -> str:
    """Return "" if the server closed the room. If not, return an error, because the caller may still be in the room."""
    return "" if reason in _CLOSED else f"the agent was disconnected ({reason}); the worker closes the room"


def _ends(command: Command) -> bool:
    return command.name == "end"


def _line_result(one: _Pending, played: LinePlayed) -> ReportCommand:
    if played.error:
        return _failure(one, played.error)
    return one.report("interrupted", "by the caller") if played.interrupted else one.report("spoken")


def _action_result(one: _Pending, done: ActionDone) -> ReportCommand:
    return _failure(one, done.error) if done.error else one.report("applied", done.detail)


def _failure(one: _Pending, error: str) -> ReportCommand:
    if error.startswith(_UNSUPPORTED):
        return one.report("unsupported", error.removeprefix(_UNSUPPORTED))
    return one.report("failed", error)
