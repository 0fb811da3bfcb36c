"""Logs a warning when code makes a session speak after the end of its call."""

import functools
import logging
from collections.abc import Callable
from typing import Any

from livekit.agents import AgentSession

from offhook.engine.code_place import calling_place

__all__ = ["warn_after_call"]

log = logging.getLogger("offhook")

_ADVICE = "the call is over here: the `supervise` block waits until the call ends; move this line into the block"


def warn_after_call(session: AgentSession[Any]) -> None:
    """From now on, log a warning with file and line if code calls `say` or `generate_reply`. LiveKit's `RuntimeError`
    is still raised.
    """
    for method in (session.say, session.generate_reply):
        setattr(session, method.__name__, _warned(method))


def _warned(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def late(*arguments: Any, **options: Any) -> Any:
        place = calling_place()
        log.warning(
            "the session speaks after the end of its call",
            extra={"method": method.__name__, "line": place, "todo": _ADVICE},
        )
        try:
            return method(*arguments, **options)
        except RuntimeError as error:
            error.add_note(_ADVICE)
            raise

    return late
