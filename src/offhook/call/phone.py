"""Transfers the caller's phone, and sends keypad tones (DTMF) to the phones in the room."""

from collections.abc import Callable, Mapping

from livekit.agents import JobContext

from offhook.core.call import Call
from offhook.core.errors import UnsupportedError
from offhook.core.transfer import TransferResult
from offhook.room.dtmf import send_keys
from offhook.room.refer import destination, refer

__all__ = ["CallerPhone"]


class CallerPhone:
    """The `PhonePort` of one call. If `ctx` is None, the call has no room."""

    def __init__(self, ctx: JobContext | None, call_info: Callable[[], Call]) -> None:
        self._ctx = ctx
        self._call_info = call_info

    def transfer_address(self, to: str) -> str:
        """Return `to` as an address in the form that LiveKit's server accepts. Raises `UnsupportedError` if the caller
        is not on a phone, or if the call has no room.
        """
        address, _ = destination(to), self._job
        if self._call_info().caller.kind != "phone":
            raise UnsupportedError(
                "the caller is not on a phone, and only a phone can be transferred; send an address instead"
            )
        return address

    async def transfer(self, address: str, *, headers: Mapping[str, str], ringing: float) -> TransferResult:
        caller = self._call_info().caller
        return await refer(self._job.api, self._job.room.name, caller, address, headers=headers, ringing=ringing)

    async def send_keys(self, keys: str) -> str:
        return await send_keys(self._job.room, keys)

    @property
    def _job(self) -> JobContext:
        if self._ctx is None or self._ctx.is_fake_job():
            raise UnsupportedError("this call has no room on a LiveKit server, so it has no phone")
        return self._ctx
