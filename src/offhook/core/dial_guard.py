"""Limits on outbound calls: no repeated calls, quiet hours, a do-not-call list, and limits for each trunk."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import Self
from zoneinfo import ZoneInfo

from offhook.core.errors import PlanError

__all__ = ["Guard", "QuietHours"]


@dataclass(frozen=True, slots=True)
class QuietHours:
    """No outbound calls from `start` to `end` (such as "21:00" to "08:00") in the time zone `zone` ("Europe/Berlin").

    `zone` is the callee's time zone. It has no default, because a telephone number does not show where the callee is.
    """

    start: str
    end: str
    zone: str

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            _time(name, getattr(self, name))
        try:
            ZoneInfo(self.zone)
        except (ValueError, OSError, KeyError):
            raise PlanError(
                f"QuietHours(zone={self.zone!r}): there is no such time zone; give a name such as Europe/Berlin"
            ) from None

    def cover(self, at: float) -> bool:
        """True if this Unix time is in the quiet hours. `start` is part of the quiet hours, and `end` is not."""
        start, end = _time("start", self.start), _time("end", self.end)
        local = datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(self.zone)).time()
        return start <= local < end if start <= end else local >= start or local < end


@dataclass(frozen=True, slots=True)
class Guard:
    """Refuses or delays an outbound call; a refused call ends with the reason "rejected", and nothing is dialled.

    `key` names the outbound call: for 30 days, the guard refuses a second call with the same key, even in another job
    with the same journal. `do_not_call` is a function that gets the number and returns True if the number must not be
    called. If this function raises, or does not return within 3 s, the call is refused too. `per_minute` is the maximum
    number of calls on one trunk in a minute. The guard spaces the calls evenly, and refuses a call that would have to
    wait longer than 30 s. `at_once` is the maximum number of calls on one trunk at the same time. `per_minute` and
    `at_once` count only the calls in this worker's journal.
    """

    key: str = ""
    quiet_hours: QuietHours | None = None
    do_not_call: Callable[[str], bool | Awaitable[bool]] | None = None
    per_minute: float | None = None
    at_once: int | None = None

    def __post_init__(self) -> None:
        if self.per_minute is not None and not 0 < self.per_minute <= 6000:
            raise PlanError(f"Guard(per_minute={self.per_minute!r}): give calls in a minute, more than 0")
        if self.at_once is not None and self.at_once < 1:
            raise PlanError(f"Guard(at_once={self.at_once!r}): give 1 or more calls")
        if self.do_not_call is not None and not callable(self.do_not_call):
            raise PlanError(f"Guard(do_not_call={self.do_not_call!r}): give a function that takes the number")

    @property
    def counts(self) -> bool:
        """True if this guard must look at the other outbound calls in the journal."""
        return bool(self.key) or self.per_minute is not None or self.at_once is not None

    def with_key(self, key: str) -> Self:
        """Return a copy of this guard with this key."""
        return replace(self, key=key)


def _time(name: str, text: str) -> time:
    try:
        return time.fromisoformat(text)
    except (ValueError, TypeError):
        raise PlanError(f"QuietHours({name}={text!r}): give a time such as 21:00") from None
