"""Transfers of one call: one at a time, with the silence ladder paused, and with a result for every outcome."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress

from offhook.core.errors import OffhookError, UnsupportedError
from offhook.core.facts import (
    CallerLeft,
    EndCancelled,
    EndRequested,
    Fact,
    PauseChanged,
    TransferEnded,
    TransferStarted,
)
from offhook.core.headers import headers_of
from offhook.core.ports import PhonePort
from offhook.core.transfer import RINGING, TransferResult
from offhook.engine.user_code import uncounted

__all__ = ["Transfers"]

log = logging.getLogger("offhook")

_NO_PHONE = "this call has no room on a LiveKit server, so it has no phone"
_AT_ONCE = 0.05
"""If the caller hangs up during the transfer, LiveKit's server may report the result first. The caller then leaves the
room within this many seconds.
"""
_GONE = (
    "the caller left before the server reported a result; LiveKit's server reports a caller who hangs up as a success"
)


class Transfers:
    """Runs the transfers of one call. If the code that awaits the transfer is cancelled, the transfer goes on."""

    def __init__(self, phone: PhonePort | None, post: Callable[[Fact], None]) -> None:
        self._phone = phone
        self._post = post
        self._running: asyncio.Task[TransferResult] | None = None
        self._left = asyncio.Event()
        self._ending = False

    async def _left_at_once(self) -> bool:
        """True if the caller left before the result of the transfer, or at the same time. In both cases, the caller
        hung up. After a transfer that succeeded, the phone's participant stays in the room for another 1.0 s.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(_AT_ONCE):
                await self._left.wait()
        return self._left.is_set()

    def notice(self, fact: Fact) -> None:
        """Track whether the caller has left and whether the call is ending."""
        match fact:
            case CallerLeft():
                self._left.set()
            case EndRequested():
                self._ending = True
            case EndCancelled():
                self._ending = False

    async def run(
        self, to: str, *, headers: Mapping[str, str] | None = None, ringing: float = RINGING, by: str = "code"
    ) -> TransferResult:
        """Transfer the caller and return the result. Raises `OffhookError` if the transfer cannot begin."""
        if self._phone is None:
            raise UnsupportedError(_NO_PHONE)
        if self._ending or self._left.is_set():
            raise OffhookError("nothing was transferred: the call is ending")
        if self._running is not None and not self._running.done():
            raise OffhookError("a transfer is running; wait for its result")
        if not 5 <= ringing <= 120:
            raise OffhookError(f"ringing={ringing!r}: give between 5 and 120 seconds")
        checked = headers_of(headers)
        address = self._phone.transfer_address(to)
        work = self._transfer(self._phone, address, {one.name: one.value for one in checked}, ringing, by)
        self._running = asyncio.get_running_loop().create_task(work, name="offhook transfer")
        with uncounted():
            return await asyncio.shield(self._running)

    async def _transfer(
        self, phone: PhonePort, address: str, headers: Mapping[str, str], ringing: float, by: str
    ) -> TransferResult:
        self._post(TransferStarted(address, by=by))
        self._post(PauseChanged("transfer", paused=True, by=by))
        result = TransferResult("unknown", "the transfer was abandoned")
        try:
            result = await phone.transfer(address, headers=headers, ringing=ringing)
            if result.done and await self._left_at_once():
                result = TransferResult("unknown", _GONE)
        except Exception as error:
            log.exception("a transfer failed")
            result = TransferResult("failed", f"{type(error).__name__}: {error}"[:500])
        finally:
            self._post(TransferEnded(result.status, result.detail))
            if not result.done:
                self._post(PauseChanged("transfer", paused=False, by=by))
        return result
