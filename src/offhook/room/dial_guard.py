"""Checks whether an outbound call may be dialled: the do-not-call list, the quiet hours, and the limits on the number
of calls.
"""

import asyncio
import logging
import time
from pathlib import Path

from offhook.core.dial import Dial
from offhook.core.errors import JournalError
from offhook.engine.user_code import OverBudgetError, call
from offhook.journal.dials import Claim, claim

__all__ = ["DialGuard"]

log = logging.getLogger("offhook")

_DO_NOT_CALL = 3.0
"""Maximum seconds that the user's do-not-call function may take."""


class DialGuard:
    """Checks the outbound calls of one job. `journal` is the journal file, in which all jobs of a worker count their
    calls.
    """

    def __init__(self, call_id: str, journal: Path) -> None:
        self._call, self._journal = call_id, journal

    async def refusal(self, dial: Dial) -> str:
        """Return why this phone must not be dialled, or an empty text if dialling is allowed. If the trunk's limit
        `per_minute` requires a wait, return after the wait.
        """
        guard = dial.guard
        if guard.quiet_hours is not None and guard.quiet_hours.cover(time.time()):
            hours = guard.quiet_hours
            return f"quiet hours: {hours.start} to {hours.end} in {hours.zone}"
        if guard.do_not_call is not None and (why := await self._do_not_call(dial)):
            return why
        if not guard.counts:
            return ""
        asked = Claim(
            self._call, dial.trunk, time.time(), key=guard.key, per_minute=guard.per_minute, at_once=guard.at_once
        )
        try:
            granted = await asyncio.to_thread(claim, self._journal, asked)
        except JournalError as error:  # without the journal, the guard cannot detect a repeated call
            log.error("the guard of outbound calls cannot read its file", extra={"error": str(error)})
            return f"the calls of this worker cannot be counted: {error}"
        if not granted.refused:
            await asyncio.sleep(granted.wait)
        return granted.refused

    async def _do_not_call(self, dial: Dial) -> str:
        assert dial.guard.do_not_call is not None
        try:
            listed = await call(dial.guard.do_not_call, dial.to, name="do_not_call", within=_DO_NOT_CALL)
        except OverBudgetError:
            return f"the do-not-call function did not answer within {_DO_NOT_CALL:g} s"
        except Exception as error:  # user code may raise anything; without its answer, no phone is dialled
            log.exception("the do-not-call function raised")
            return f"the do-not-call function raised {type(error).__name__}"
        return "the number is on the do-not-call list" if listed else ""
