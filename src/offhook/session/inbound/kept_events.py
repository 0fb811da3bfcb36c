"""Keeps LiveKit's record of the session events small during a long call.

livekit-agents 1.8.9 appends every event to `AgentSession._recorded_events`, for the session report. That list has no
public name. The VAD's metrics and the usage add two events for every second of a call, so the memory of one call grows
by tens of megabytes per hour. Until the session closes, this module stores the frequent events compressed. It also
frees the objects that played old speeches. The report stays the same.
"""

import pickle
import zlib
from collections.abc import Iterable, Iterator, MutableSequence
from dataclasses import dataclass
from typing import Any, SupportsIndex, overload

from livekit.agents import AgentSession
from livekit.agents.voice import events

from offhook.session.inbound.answer_classes import forget_answer_classes
from offhook.session.inbound.finished_speech import FinishedSpeech

__all__ = ["EventRecord", "KeptEvents"]

_RECORDED = "_recorded_events"
_FREQUENT = (
    events.AgentStateChangedEvent,
    events.MetricsCollectedEvent,
    events.SessionUsageUpdatedEvent,
    events.UserInputTranscribedEvent,
    events.UserStateChangedEvent,
)
"""These events do not change after LiveKit has emitted them, so a copy can replace the event."""
_BLOCK = 32


@dataclass(frozen=True, slots=True)
class _Block:
    """Consecutive events. The frequent events are compressed. The others are stored with their positions, unchanged or
    with a smaller handle.
    """

    size: int
    others: tuple[tuple[int, Any], ...]
    packed: bytes

    @classmethod
    def of(cls, given: list[Any]) -> "_Block":
        frequent = [type(one) in _FREQUENT for one in given]
        others = tuple((at, _light(one)) for at, one in enumerate(given) if not frequent[at])
        packed = pickle.dumps([one for at, one in enumerate(given) if frequent[at]], pickle.HIGHEST_PROTOCOL)
        return cls(len(given), others, zlib.compress(packed))

    def events(self) -> list[Any]:
        found: list[Any] = pickle.loads(zlib.decompress(self.packed))  # noqa: S301  # this process made the bytes
        for at, one in self.others:
            found.insert(at, one)
        return found


def _light(event: Any) -> Any:
    """Return the event, with a smaller handle if its speech is over."""
    if isinstance(event, events.SpeechCreatedEvent) and event.speech_handle.done():
        return event.model_copy(update={"speech_handle": FinishedSpeech(event.speech_handle)})
    return event


class KeptEvents(MutableSequence[Any]):
    """A list of events that uses little memory. The object can be read and changed like a list."""

    def __init__(self, given: Iterable[Any] = ()) -> None:
        self._blocks: list[_Block] = []
        self._newest: list[Any] = []
        self.extend(given)

    def append(self, value: Any) -> None:
        """Add an event. The newest events are stored unchanged."""
        self._newest.append(value)
        if len(self._newest) >= 2 * _BLOCK:
            self._pack()

    def _pack(self) -> None:
        try:
            block = _Block.of(self._newest[:_BLOCK])
        except (pickle.PicklingError, AttributeError, TypeError):  # a plugin's own metrics may not be picklable
            block = _Block(_BLOCK, tuple(enumerate(self._newest[:_BLOCK])), zlib.compress(pickle.dumps([])))
        self._blocks.append(block)
        del self._newest[:_BLOCK]

    def __len__(self) -> int:
        return sum(block.size for block in self._blocks) + len(self._newest)

    def __iter__(self) -> Iterator[Any]:
        for block in self._blocks:
            yield from block.events()
        yield from self._newest

    @overload
    def __getitem__(self, index: SupportsIndex) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...
    def __getitem__(self, index: Any) -> Any:
        return list(self)[index]

    def __setitem__(self, index: Any, value: Any) -> None:
        self._unpack()[index] = value

    def __delitem__(self, index: Any) -> None:
        del self._unpack()[index]

    def insert(self, index: int, value: Any) -> None:
        """Insert an event before this position."""
        self._unpack().insert(index, value)

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, KeptEvents | list) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # a list has no hash either

    def __repr__(self) -> str:
        return repr(list(self))

    def _unpack(self) -> list[Any]:
        self._newest, self._blocks = list(self), []
        return self._newest


class EventRecord:
    """Keeps the event record of one session small while the session runs. When the session closes, the record becomes a
    list again.
    """

    def __init__(self, session: AgentSession[Any]) -> None:
        self._session = session

    def after(self, event: object) -> None:
        """Call this after each event. `session.start` makes a new list, so call this after the first event of a start
        too.
        """
        recorded = getattr(self._session, _RECORDED, None)
        if isinstance(event, events.AgentStateChangedEvent) and event.old_state == "speaking":
            forget_answer_classes()  # the classes of this answer and of earlier answers
        if isinstance(event, events.CloseEvent):
            if isinstance(recorded, KeptEvents):
                setattr(self._session, _RECORDED, list(recorded))
        elif type(recorded) is list and isinstance(event, events.AgentStateChangedEvent):
            setattr(self._session, _RECORDED, KeptEvents(recorded))
