"""Makes LiveKit call the done callbacks of a speech in the order in which they were added.

`SpeechHandle` (livekit-agents 1.8.9) keeps its callbacks in a set, so their order is random. If two typed messages wait
for the end of the same speech, LiveKit answers the messages in random order, so two runs of the same call would differ.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock
from weakref import WeakKeyDictionary

from livekit.agents.voice import SpeechHandle

__all__ = ["done_callbacks_in_order"]

_log = logging.getLogger(__name__)
_Callback = Callable[[SpeechHandle], None]


@contextmanager
def done_callbacks_in_order() -> Iterator[None]:
    """Inside the block, LiveKit gets only one callback per speech. This callback calls all added callbacks in their
    order.
    """
    added = WeakKeyDictionary[SpeechHandle, dict[_Callback, None]]()
    add = SpeechHandle.add_done_callback

    def call_all(speech: SpeechHandle) -> None:
        for callback in list(added[speech]):
            try:
                callback(speech)
            except Exception:  # noqa: BLE001  # as LiveKit does: a callback that raises must not stop the others
                _log.exception("error in the done callback %s of a speech", callback)

    def add_in_order(speech: SpeechHandle, callback: _Callback) -> None:
        if speech.done():
            add(speech, callback)
        elif speech in added:
            added[speech][callback] = None
        else:
            added[speech] = {callback: None}
            add(speech, call_all)

    def remove(speech: SpeechHandle, callback: _Callback) -> None:
        added.get(speech, {}).pop(callback, None)

    with (
        mock.patch.object(SpeechHandle, "add_done_callback", add_in_order),
        mock.patch.object(SpeechHandle, "remove_done_callback", remove),
    ):
        yield
