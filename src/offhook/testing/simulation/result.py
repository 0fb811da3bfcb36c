"""A finished simulated call: what was said, how it ended, how long it was silent, and all of it in one picture."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from offhook.core.record import Record
from offhook.evidence.render import render
from offhook.evidence.timeline import timeline
from offhook.evidence.transcript import Line, transcript
from offhook.testing.hearing import GAP

__all__ = ["Silence", "Silences", "SimulatedCall", "picture"]


@dataclass(frozen=True, slots=True)
class Silence:
    """Nobody spoke, from `began` on, for so many seconds."""

    began: float
    seconds: float


class Silences(tuple[Silence, ...]):
    """All silences of a call between the first sound and its end, in order; less than 0.35 s is a breath."""

    __slots__ = ()

    @property
    def longest(self) -> float:
        return max((one.seconds for one in self), default=0.0)

    @property
    def total(self) -> float:
        return sum(one.seconds for one in self)


@dataclass(frozen=True)
class SimulatedCall:
    """Times are seconds since the caller came, on the virtual clock; `records` is the journal."""

    records: Sequence[Record]
    seconds: float
    """From the caller's coming to their leaving, or being left."""
    keys: Sequence[str] = ()
    """Keys that the agent pressed."""
    asked: Sequence[str] = ()
    """What the agent asked of the LiveKit server: delete_room, remove_participant, transfers."""
    sounds: Sequence[tuple[float, float]] = field(default=(), repr=False)
    """When anybody could be heard: began, ended."""

    @cached_property
    def reason(self) -> str:
        """Why it ended, in the journal's words: caller_hung_up, agent_ended, silence, limit, error, ..."""
        return str(self._end.get("reason", "open"))

    @cached_property
    def detail(self) -> str:
        return str(self._end.get("detail", ""))

    @cached_property
    def _end(self) -> dict[str, object]:
        ends = [record.body for record in self.records if record.name == "Ended"]
        return dict(ends[-1]) if ends else {}

    @cached_property
    def said(self) -> list[str]:
        """What the agent said, as far as it was heard, one line a turn."""
        return self._lines("assistant")

    @cached_property
    def heard(self) -> list[str]:
        """What the agent understood of the caller, one line for each final transcript or typed message."""
        return self._lines("user")

    def _lines(self, role: str) -> list[str]:
        said = (record.body for record in self.records if record.name == "Said")
        return [str(body["text"]) for body in said if body["role"] == role]

    @cached_property
    def transcript(self) -> list[Line]:
        return transcript(self.records)

    @cached_property
    def tools(self) -> list[str]:
        """The tools that were called, by name."""
        return [str(record.body["name"]) for record in self.records if record.name == "ToolStarted"]

    @cached_property
    def silences(self) -> Silences:
        if not self.sounds:
            return Silences()
        found, until = [], self.sounds[0][1]
        for began, ended in [*self.sounds[1:], (self.seconds, self.seconds)]:
            if began - until > GAP:
                found.append(Silence(round(until, 3), round(began - until, 3)))
            until = max(until, ended)
        return Silences(found)

    @cached_property
    def timeline(self) -> str:
        """The call in one picture."""
        return picture(self.records)

    def at(self, name: str) -> list[float]:
        """When facts or wishes of this name were written: `call.at("EndCall")`."""
        return [record.elapsed for record in self.records if record.name == name]


def picture(records: Sequence[Record], width: int = 110) -> str:
    """Draw what happened so far."""
    return render(timeline(records), width) or "nothing happened\n"
