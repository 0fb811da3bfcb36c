"""The position on the silence ladder: the steps of the current silence, and which of them comes next."""

from offhook.core.ladder import Silence
from offhook.core.steps import Step

__all__ = ["LadderPosition"]


class LadderPosition:
    """The ladder, and how many steps of the current silence were taken."""

    def __init__(self) -> None:
        self.ladder: Silence | None = None
        self.taken = 0
        self._steps: tuple[Step, ...] = ()
        self._answered = False
        self._asked = False

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of the ladder for this silence. After the first step of a silence, its steps do not change any
        more.
        """
        if self.taken:
            return self._steps
        if self.ladder is None:
            return ()
        if self.ladder.opening and not self._answered:
            return self.ladder.opening
        return self.ladder.question if self.ladder.question and self._asked else self.ladder.steps

    def next(self, *, without: Step | None) -> Step | None:
        """Return the next step that is not the step `without`; None if there is none."""
        return next((step for step in self.steps[self.taken :] if step != without), None)

    def take(self, step: Step) -> bool:
        """Count this step and the steps before it as taken. Return True if no step of this silence had been taken
        before.
        """
        self._steps = self.steps
        first, self.taken = self.taken == 0, self._steps.index(step, self.taken) + 1
        return first

    def agent_said(self, text: str) -> None:
        """Handle what the agent said before the first step. After a question, `Silence.question` gives the steps."""
        if not self.taken:
            self._asked = text.rstrip().endswith("?")

    def caller_answered(self) -> bool:
        """Start again at the first step, because the caller answered. Return True if a step had been taken."""
        climbed, self.taken = bool(self.taken), 0
        self._answered, self._asked = True, False
        return climbed
