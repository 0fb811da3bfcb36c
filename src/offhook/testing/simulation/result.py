"""A finished simulated call: its words, its end, its silences, and its timeline."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from offhook.core.record import Record
from offhook.reports.render import render
from offhook.reports.timeline import timeline
from offhook.reports.transcript import Line, transcript
from offhook.testing.live.hearing import GAP

__all__ = ["Silence", "Silences", "SimulatedCall", "picture"]


@dataclass(frozen=True, slots=True)
class Silence:
    """A period without speech: its start and its length, in seconds."""

    began: float
    seconds: float


class Silences(tuple[Silence, ...]):
    """All silences of a call from the first sound to the end, in order. A pause of up to 0.35 s does not count."""

    __slots__ = ()

    @property
    def longest(self) -> float:
        return max((one.seconds for one in self), default=0.0)

    @property
    def total(self) -> float:
        return sum(one.seconds for one in self)


@dataclass(frozen=True)
class SimulatedCall:
    """Times are seconds since the caller joined, on the virtual clock. `records` are the records of the journal."""

    records: Sequence[Record]
    seconds: float
    """Seconds from the time when the caller joined until the caller left or the room closed."""
    keys: Sequence[str] = ()
    """The phone keys (DTMF) that the agent pressed."""
    asked: Sequence[str] = ()
    """The agent's requests to the LiveKit server, such as "delete_room", in order."""
    errors: Sequence[str] = ()
    """Errors of the agent's own code, one line each; a line begins with the file and the line number."""
    replaced: Sequence[str] = ()
    """With a sandbox: one line for each model that the sandbox does not emulate; the line names the replacement."""
    supervised: bool = False
    """True if offhook supervised the call; False if the agent runs on LiveKit without offhook."""
    sounds: Sequence[tuple[float, float]] = field(default=(), repr=False)
    """The times of the caller's speech and of the agent's sounds, as pairs of start and end."""

    @cached_property
    def reason(self) -> str:
        """Why the call ended, as the journal's reason code: caller_hung_up, agent_ended, silence, limit, error, ..."""
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
        """The agent's lines as far as they were played, one per turn."""
        return self._lines("assistant")

    @cached_property
    def heard(self) -> list[str]:
        """What the agent received from the caller: one line for each final transcript or typed message."""
        return self._lines("user")

    def _lines(self, role: str) -> list[str]:
        said = (record.body for record in self.records if record.name == "MessageCommitted")
        return [str(body["text"]) for body in said if body["role"] == role]

    @cached_property
    def transcript(self) -> list[Line]:
        return transcript(self.records)

    @cached_property
    def tools(self) -> list[str]:
        """The names of the tools that were called, in order."""
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
        """The call as a timeline, drawn as text."""
        return picture(self.records)

    def at(self, name: str) -> list[float]:
        """Return the times of all facts or decisions with this name, such as `call.at("EndCall")`."""
        return [record.elapsed for record in self.records if record.name == name]


def picture(records: Sequence[Record], width: int = 110) -> str:
    """Draw the timeline of these records as text."""
    return render(timeline(records), width) or "nothing happened\n"
