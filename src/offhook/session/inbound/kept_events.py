"""Keeps LiveKit's record of the session events small during a long call.

livekit-agents 1.8.9 appends every event to `AgentSession._recorded_events`, for the session report. That list has no
public name. The VAD's metrics and the usage add two events for every second of a call, so the memory of one call grows
by tens of megabytes per hour. Until the session closes, this module stores the frequent events compressed. The module
also frees the objects with which LiveKit played old speeches. The session report stays the same.
"""

import pickle
import zlib
from collections.abc import Iterable, Iterator, Mapping, MutableSequence
from dataclasses import dataclass
from typing import Any, SupportsIndex, overload

from livekit.agents import AgentSession
from livekit.agents.voice import SpeechHandle, events

from offhook.session.inbound.answer_garbage import collect_answer_cycles, forget_answer_classes
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
_REFERRING: Mapping[type, str] = {
    events.ConversationItemAddedEvent: "item",
    events.SpeechCreatedEvent: "speech_handle",
}
"""For these events, the copy refers to the same object as the original event: to an item of the history, or to a
speech.
"""
_BLOCK = 32


@dataclass(frozen=True, slots=True)
class _Block:
    """Consecutive events. `packed` has the frequent events, compressed; `referred` has the objects to which these
    events refer. `others` has the other events, each with its position.
    """

    size: int
    others: tuple[tuple[int, Any], ...]
    packed: bytes
    referred: tuple[Any, ...] = ()

    @classmethod
    def of(cls, given: list[Any], similar: bytes) -> "_Block":
        frequent = [one for one in given if _is_frequent(one)]
        others = tuple((at, one) for at, one in enumerate(given) if not _is_frequent(one))
        referred = tuple(_light(getattr(one, _REFERRING[type(one)])) for one in frequent if type(one) in _REFERRING)
        return cls(len(given), others, _packed([_alone(one) for one in frequent], similar), referred)

    def pickled(self, similar: bytes) -> bytes:
        return zlib.decompressobj(zdict=similar).decompress(self.packed)

    def events(self, similar: bytes) -> list[Any]:
        found: list[Any] = pickle.loads(self.pickled(similar))  # noqa: S301  # safe, because this process made the bytes
        referring = (one for one in found if type(one) in _REFERRING)
        for one, value in zip(referring, self.referred, strict=True):
            setattr(one, _REFERRING[type(one)], value)
        for at, one in self.others:
            found.insert(at, one)
        return found


def _is_frequent(event: Any) -> bool:
    return type(event) in _FREQUENT or type(event) in _REFERRING


def _packed(given: list[Any], similar: bytes) -> bytes:
    """Compress these events. Parts that also occur in `similar` need almost no space."""
    packing = zlib.compressobj(zdict=similar)
    return packing.compress(pickle.dumps(given, pickle.HIGHEST_PROTOCOL)) + packing.flush()


def _alone(event: Any) -> Any:
    """Return the event. For a `_REFERRING` event, return a copy without the object that the event refers to."""
    name = _REFERRING.get(type(event))
    return event if name is None else event.model_copy(update={name: None})


def _light(value: Any) -> Any:
    """Return a smaller handle for a speech that is over, and any other object as it is."""
    return FinishedSpeech(value) if isinstance(value, SpeechHandle) and value.done() else value


class KeptEvents(MutableSequence[Any]):
    """A list of events that uses little memory. The object can be read and changed like a list."""

    def __init__(self, given: Iterable[Any] = ()) -> None:
        self._blocks: list[_Block] = []
        self._newest: list[Any] = []
        self._similar = b""
        """The bytes of the first block, before compression. zlib uses these bytes as its dictionary, which halves the
        memory of later blocks.
        """
        self.extend(given)

    def append(self, value: Any) -> None:
        """Add an event. The newest events stay uncompressed."""
        self._newest.append(value)
        if len(self._newest) >= 2 * _BLOCK:
            self._pack()

    def _pack(self) -> None:
        oldest = self._newest[:_BLOCK]
        try:
            block = _Block.of(oldest, self._similar)
        except (pickle.PicklingError, AttributeError, TypeError):  # a plugin's own metrics may not be picklable
            block = _Block(_BLOCK, tuple(enumerate(oldest)), _packed([], self._similar))
        self._similar = self._similar or block.pickled(b"")
        self._blocks.append(block)
        del self._newest[:_BLOCK]

    def __len__(self) -> int:
        return sum(block.size for block in self._blocks) + len(self._newest)

    def __iter__(self) -> Iterator[Any]:
        for block in self._blocks:
            yield from block.events(self._similar)
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
        """Call this method with each event after the event's handlers have run. `session.start` makes a new list of
        events. At the agent's first state change after a start, a `KeptEvents` replaces that list.
        """
        recorded = getattr(self._session, _RECORDED, None)
        match event:
            case events.AgentStateChangedEvent(old_state="speaking"):
                forget_answer_classes()  # frees the classes of this answer and of earlier answers
            case events.UserStateChangedEvent(new_state="speaking") if self._session.agent_state == "listening":
                collect_answer_cycles()  # the caller begins a turn, and no answer runs
        if isinstance(event, events.CloseEvent):
            if isinstance(recorded, KeptEvents):
                setattr(self._session, _RECORDED, list(recorded))
        elif type(recorded) is list and isinstance(event, events.AgentStateChangedEvent):
            setattr(self._session, _RECORDED, KeptEvents(recorded))
