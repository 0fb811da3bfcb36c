"""Cuts text that a participant types, so that a text of several megabytes does not reach the model and the journal. If
the caller has just said words, these words reach the model before the text.
"""

import inspect
import logging
from dataclasses import replace
from typing import Any

from livekit.agents import AgentSession
from livekit.agents.voice.room_io import RoomOptions, TextInputEvent

from offhook.session.inbound.endpointing import endpointing_of

__all__ = ["MAX_TYPED", "with_limit"]

log = logging.getLogger("offhook")

MAX_TYPED = 32_000
"""Maximum characters of one typed message. The rest is dropped."""


def with_limit(options: RoomOptions) -> RoomOptions:
    """Return the options with a limit for typed text. A longer text is cut. If the caller has just spoken, the text
    waits up to 0.5 s until the spoken turn is complete. Then the plan's own callback gets the text. All other options
    stay the same.
    """
    given = options.get_text_input_options()
    if given is None:
        return options
    receive = given.text_input_cb

    async def receive_limited(session: AgentSession[Any], event: TextInputEvent) -> None:
        if len(event.text) > MAX_TYPED:
            log.warning("a typed text was cut", extra={"characters": len(event.text), "kept": MAX_TYPED})
            event = replace(event, text=event.text[:MAX_TYPED])
        if (endpointing := endpointing_of(session)) is not None:
            await endpointing.end_wait()
        result = receive(session, event)
        if inspect.iscoroutine(result):
            await result

    return replace(options, text_input=replace(given, text_input_cb=receive_limited))
