"""Turns verified commands into decisions, and acknowledges them when they are carried out."""

from collections.abc import Sequence
from typing import ClassVar

from offhook.core.commands import EndCommand
from offhook.core.decisions import AcknowledgeCommand, Decision, EndCall
from offhook.core.facts import CommandReceived, Fact, HangUpDone, RoomDisconnected

__all__ = ["CommandPolicy"]


class CommandPolicy:
    """Returns one decision for each command.

    The supervisor turns `AcknowledgeCommand` into the fact `CommandApplied` or `ActionFailed`. An end command is
    acknowledged after the hang-up. Any other command has to return its own `AcknowledgeCommand`.
    """

    name: ClassVar[str] = "commands"

    deadline: float | None = None

    def __init__(self) -> None:
        self._ending: list[str] = []

    def handle(self, fact: Fact, now: float) -> Sequence[Decision]:  # noqa: ARG002  # the signature of every policy
        match fact:
            case CommandReceived(id=id_, by=by, verb=EndCommand(reason=reason, goodbye=goodbye, scope=scope)):
                self._ending.append(id_)
                why = f"command {id_} by {by}"
                return [EndCall(reason, goodbye=goodbye, scope=scope, by=by, why=why)]
            case HangUpDone(left_open=""):
                return self._acknowledge("the call was hung up")
            case HangUpDone(left_open=error):
                return self._acknowledge("the hang-up failed", error=f"the connection was left open: {error}")
            case RoomDisconnected():
                return self._acknowledge("the room disconnected")
        return ()

    def _acknowledge(self, why: str, *, error: str = "") -> Sequence[Decision]:
        done, self._ending = self._ending, []
        return [AcknowledgeCommand(id_, error=error, why=why) for id_ in done]
