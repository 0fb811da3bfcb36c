"""Records refused commands in the journal and the log. If many commands are refused, most of them are only counted."""

import asyncio
import logging
import time
from collections.abc import Callable

from offhook.core.errors import CommandError
from offhook.core.facts import CommandRefused, Fact

__all__ = ["Refusals"]

log = logging.getLogger("offhook")

WINDOW = 10.0
"""Within this many seconds, at most `MAX` refusals get a record of their own. One further record has the number of all
other refusals.
"""
MAX = 5


class Refusals:
    """Records the refusals of one call."""

    def __init__(self, post: Callable[[Fact], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._post = post
        self._clock = clock
        self._since = -WINDOW
        self._recorded = self._left_out = 0

    def add(self, error: CommandError, *, by: str, identity: str) -> None:
        """Record one refusal. If `MAX` refusals were already recorded within `WINDOW`, only count this one."""
        now = self._clock()
        if now >= self._since + WINDOW:
            self._record_rest()
            self._since, self._recorded = now, 0
        if self._recorded >= MAX:
            self._left_out += 1
            if self._left_out == 1:
                asyncio.get_running_loop().call_later(WINDOW, self._record_rest)
            return
        self._recorded += 1
        log.warning("a command was refused", extra={"code": error.code})
        self._post(CommandRefused(error.code, str(error), by=by[:100], identity=identity[:100]))

    def _record_rest(self) -> None:
        if self._left_out:
            log.warning("commands were refused", extra={"count": self._left_out})
            self._post(
                CommandRefused("too_many", "refused commands that have no separate record", count=self._left_out)
            )
            self._left_out = 0
