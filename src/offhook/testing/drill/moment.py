"""Counts the turns for the fault in a drill with a circumstance: decides when the second turn begins.

If the fault waits for the circumstance, the second turn begins when the circumstance begins. Otherwise the second turn
begins with the second question.
"""

from contextvars import ContextVar

from offhook.testing.drill.circumstances import Circumstance
from offhook.testing.faults.fault import Service
from offhook.testing.faults.turns import Turns
from offhook.testing.sandbox.hook import Event, Request
from offhook.testing.sandbox.llm import Answer, Asked

__all__ = ["Moment", "happened"]

_FAULTY = 2


class Moment(Turns):
    """Counts the caller's questions as turns. A sound without words is not a turn."""

    def __init__(self, circumstance: Circumstance, service: Service) -> None:
        super().__init__()
        self.circumstance = circumstance
        self.begun = False
        """True after the circumstance has begun."""
        self._taken = 0
        self._waits = circumstance.waits and service != "deepgram"

    def speaks(self, question: int) -> None:
        """Called when the caller asks this question; the first question is 1.

        A question that the caller repeats counts as one more turn.
        """
        self._taken += 1
        if question != _FAULTY or self.begun or not self._waits:
            self.now = self._taken

    def begin(self) -> None:
        """Called when the circumstance (for example, a transfer) begins."""
        self.begun = True
        self.now = self._taken

    def tool(self, question: int, asked: Asked) -> Answer | None:
        """Return the circumstance's tool call for this question; None if there is none or the agent lacks the tool.

        Also return None if the model has already called a tool since the caller last asked the question.
        """
        name = self.circumstance.calls.get(question)
        latest = max((at for at, line in enumerate(asked.lines) if line.role == "user"), default=0)
        called = any(line.role in ("call", "result") for line in asked.lines[latest:])
        return Answer(tool=name) if name is not None and name in asked.tools and not called else None

    def told(self, event: Event) -> None:
        """Do nothing: `speaks` and `begin` set the current turn."""

    def asked(self, request: Request) -> None:
        """Do nothing: `speaks` and `begin` set the current turn."""


current: ContextVar[Moment | None] = ContextVar("current", default=None)
"""The `Moment` of the current call."""


def happened() -> None:
    """Called by the agents of this package when their circumstance begins; does nothing outside a drill."""
    moment = current.get()
    if moment is not None:
        moment.begin()
