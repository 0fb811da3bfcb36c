"""Finds the caller's words that LiveKit has not committed as a turn when another agent takes over."""

import math
from collections.abc import Sequence

from offhook.core.facts import (
    ContextReset,
    EndCancelled,
    Ended,
    EndRequested,
    Fact,
    PauseChanged,
    QuietChanged,
    SessionClosed,
    SpeechRedacted,
    TransferEnded,
    TransferStarted,
)

__all__ = ["InputState", "UncommittedWords"]


class InputState:
    """Follows the facts after which nobody may answer the caller's earlier words."""

    def __init__(self) -> None:
        self._off: set[str] = set()

    @property
    def off(self) -> bool:
        """True while the agent gives no answers: the call ends, the agent is quiet, the caller is transferred or enters
        keys, or a machine may be on the phone.
        """
        return bool(self._off)

    def drops(self, fact: Fact) -> bool:
        """Handle a fact; return True if the words before this fact must not be answered any more."""
        match fact:
            case ContextReset() | SpeechRedacted():
                return True
            case EndRequested() | SessionClosed() | Ended():
                self._off.add("end")
            case EndCancelled():
                self._off.discard("end")
            case QuietChanged(mode=mode):
                (self._off.add if mode else self._off.discard)("quiet")
            case TransferStarted():
                self._off.add("transfer")
            case TransferEnded(status="failed" | "unknown"):
                self._off.discard("transfer")
            case PauseChanged(why="amd" | "keys" as why, paused=paused):
                (self._off.add if paused else self._off.discard)(why)
            case _:
                return False
        return True


class UncommittedWords:
    """The final transcripts of the caller's turn that LiveKit has not committed yet.

    LiveKit also drops some words on purpose. When a later turn is committed, LiveKit had dropped the words before it.
    If no later turn comes, the words are too old when another agent takes over.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._heard_at = -math.inf
        self._sound = self._leaving = False

    def hear(self, text: str, now: float, *, within: float) -> None:
        """Add a final transcript. `within`: as for `leave`."""
        self._forget(now, within)
        self._parts.append(text.strip())
        self._heard_at = now

    def sound(self, now: float, *, on: bool, within: float) -> None:
        """Handle the start (`on`) or the end of a sound of the caller. LiveKit commits no turn during the sound."""
        self._forget(now, within)
        self._sound = on
        self._heard_at = now

    def commit(self, text: str) -> bool:
        """Remove the words of a committed turn, and the words before this turn. Return False if these words are not
        found.
        """
        words = text.split()
        for last in range(len(self._parts) if words else 0):
            for first in range(last + 1):
                if " ".join(self._parts[first : last + 1]).split() == words:
                    del self._parts[: last + 1]
                    return True
        return False

    def clear(self) -> None:
        self._parts.clear()

    def leave(self, now: float, *, within: float) -> None:
        """LiveKit begins to change the agent, and from now on drops each turn that ends. Remove the words if LiveKit
        would have committed them before, at most `within` seconds after the words.
        """
        self._forget(now, within)
        self._leaving = True

    def take(self, *, within: float, now: float) -> Sequence[str]:
        """The next agent takes over. Return the words that LiveKit has dropped."""
        self.leave(now, within=within)
        parts, self._parts, self._leaving = self._parts, [], False
        return parts

    def _forget(self, now: float, within: float) -> None:
        if not self._leaving and not self._sound and now - self._heard_at > within:
            self.clear()
