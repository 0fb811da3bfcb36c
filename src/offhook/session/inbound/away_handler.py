"""Detects an agent's own `user_state_changed` handler that speaks to a silent caller in addition to offhook's silence
ladder.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from livekit.agents.voice import events

from offhook.core.facts import Fact, Warned
from offhook.engine.code_place import calling_place

__all__ = ["SecondAsker", "handling"]

log = logging.getLogger("offhook")

_AWAY: ContextVar[bool] = ContextVar("offhook away handler", default=False)
_TEXT = (
    "the silence ladder and a user_state_changed handler{where} both speak to the silent caller; remove "
    "the handler, or leave out silence="
)


@contextmanager
def handling(event: object) -> Iterator[None]:
    """If this event marks the caller away, set `_AWAY` for the event's handlers and for the tasks that they start."""
    if not isinstance(event, events.UserStateChangedEvent) or event.new_state != "away":
        yield
        return
    token = _AWAY.set(True)
    try:
        yield
    finally:
        _AWAY.reset(token)


class SecondAsker:
    """Warns, at most once per phone or web call, if an away handler also speaks to the silent caller. `laddered`
    returns True while the call has a silence ladder.
    """

    def __init__(self, laddered: Callable[[], bool]) -> None:
        self._laddered = laddered
        self._told = False

    def take(self, event: object) -> tuple[Fact, ...]:
        """Return the warning if an away handler started the speech of this event."""
        if self._told or not isinstance(event, events.SpeechCreatedEvent) or not _AWAY.get() or not self._laddered():
            return ()
        self._told = True
        place = calling_place()
        log.warning("a handler and the silence ladder both speak to the silent caller", extra={"handler": place})
        return (Warned(_TEXT.format(where=f" at {place}" if place else "")),)
