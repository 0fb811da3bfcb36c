"""The open speeches: the speeches that LiveKit has queued and that have not ended."""

from collections.abc import Iterator

__all__ = ["Speeches"]


class Speeches:
    """Open speeches by their ids. An abandoned speech does not count as an answer, even if it is played.

    If a tool call of a speech opens an `AgentTask`, the speech and the tool are suspended until the task ends.
    """

    def __init__(self) -> None:
        self._open: dict[str, str] = {}
        self._levels: dict[str, int] = {}
        self._depth = 0
        self._abandoned: set[str] = set()
        self._earlier: set[str] = set()

    @property
    def answering(self) -> bool:
        """True while an answer of the model is open: queued, being made, played or paused."""
        return any(True for _ in self._answers())

    @property
    def current(self) -> bool:
        """True while an answer of the model to this turn is open: queued, being made, played or paused."""
        return any(speech not in self._earlier for speech in self._answers())

    def new_turn(self) -> None:
        """Start a new turn: open answers now belong to an earlier turn. Suspended answers count for the new turn as
        soon as they resume.
        """
        self._earlier = set(self._answers())

    def add(self, speech: str, source: str) -> None:
        self._open[speech], self._levels[speech] = source, self._depth

    def hand_over(self, depth: int) -> None:
        """Set the number of open `AgentTask`s."""
        self._depth = depth

    def end(self, speech: str) -> bool:
        """Remove a speech; return False if the speech was abandoned or unknown."""
        abandoned = speech in self._abandoned
        self._abandoned.discard(speech)
        self._levels.pop(speech, None)
        return self._open.pop(speech, None) is not None and not abandoned

    def abandon(self) -> None:
        """Mark all open speeches as abandoned."""
        self._abandoned.update(self._open)

    def decline(self, speech: str) -> None:
        """Mark a speech as abandoned, because the agent's own code declined to answer."""
        if speech in self._open:
            self._abandoned.add(speech)

    def keep(self) -> None:
        """Let abandoned speeches count as answers again."""
        self._abandoned.clear()

    def _answers(self) -> Iterator[str]:
        """Yield the model's speeches that are neither abandoned nor suspended."""
        for speech, source in self._open.items():
            if source == "generate_reply" and speech not in self._abandoned and self._levels[speech] >= self._depth:
                yield speech
