"""Turns checked commands from outside into wishes, and reports when they are done."""

from collections.abc import Sequence

from offhook.core.facts import Commanded, Fact, LineClosed, LineLost
from offhook.core.verbs import End
from offhook.core.wishes import EndCall, Report, Wish

__all__ = ["Switchboard"]


class Switchboard:
    """One command, one wish; the wish's cause is the command."""

    deadline: float | None = None

    def __init__(self) -> None:
        self._ending: list[str] = []

    def handle(self, fact: Fact, now: float) -> Sequence[Wish]:  # noqa: ARG002  # the shape of every policy
        match fact:
            case Commanded(id=id_, by=by, verb=End(reason=reason, goodbye=goodbye, scope=scope)):
                self._ending.append(id_)
                why = f"command {id_} by {by}"
                return [EndCall(reason, goodbye=goodbye, scope=scope, by=by, why=why)]
            case LineClosed() | LineLost():
                done, self._ending = self._ending, []
                return [Report(id_, why="the line is closed") for id_ in done]
        return ()
