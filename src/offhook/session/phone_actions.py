"""The methods of a running call that act on telephones: transfers, and phone keys (DTMF)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from offhook.core.collected import Collected
from offhook.core.dial import Dial
from offhook.core.errors import OffhookError, UnsupportedError
from offhook.core.ports import PhonePort, WarmTransferPort
from offhook.core.transfer import DECIDE, RINGING, TransferResult, WarmTransferResult
from offhook.engine import user_code
from offhook.policies.key_collector import KeyCollector
from offhook.session.collect import KeyCollection
from offhook.session.transfers import Transfers

if TYPE_CHECKING:
    from offhook.session.ongoing import OngoingCall

__all__ = ["PhoneActions"]

_NO_PHONE = "this call has no room on a LiveKit server, so it has no phone"
_BRIEF = 10.0
"""Seconds that the function of a briefing may take."""


class PhoneActions:
    """The part of `OngoingCall` that acts on telephones."""

    def __init__(self, phone: PhonePort | None, transfers: Transfers, keys: KeyCollection) -> None:
        self._phone, self._transfers, self._keys = phone, transfers, keys
        self.warm_transfers: WarmTransferPort | None = None

    async def transfer(
        self, to: str, *, headers: Mapping[str, str] | None = None, ringing: float = RINGING, by: str = "code"
    ) -> TransferResult:
        """Transfer the phone caller to a number or a SIP address (SIP REFER), and return the result.

        Meanwhile the silence ladder is paused, and the timeout of a handler does not run. After "done" the caller
        leaves, and the call ends as `transferred`. Otherwise the agent goes on with the caller. `headers` go into the
        REFER. Raises `UnsupportedError` for a caller who is not on a phone, and `OffhookError` for an address or a
        header that SIP does not allow.
        """
        return await self._transfers.run(to, headers=headers, ringing=ringing, by=by)

    async def warm_transfer(
        self,
        to: str,
        *,
        trunk: str,
        brief: "str | Callable[[OngoingCall], str | Awaitable[str]]",
        caller_id: str = "",
        ringing: float = RINGING,
        decide: float = DECIDE,
        by: str = "code",
    ) -> WarmTransferResult:
        """Connect the caller with a colleague, whom the agent briefs first. Return the result.

        The caller goes on hold with music. The agent dials the number over the outbound trunk into the room, and tells
        the colleague `brief`, word for word; the caller does not hear this. If `brief` is a function, it gets this call
        and returns the words. The colleague accepts in words or with the key 1, and declines in words, with the key 2
        or by hanging up; `decide` limits the time in seconds. After "joined" both talk, the agent leaves, and the call
        ends as `transferred`. After any other result the caller is with the agent again. Meanwhile the silence ladder
        is paused. Raises `OffhookError` if the transfer cannot begin; then nothing is changed.
        """
        if self.warm_transfers is None:
            raise UnsupportedError(_NO_PHONE)
        dial = Dial(to, trunk, ringing=ringing, caller_id=caller_id, identity="colleague", name="Colleague")
        if not 5 <= decide <= 180:
            raise OffhookError(f"decide={decide!r}: give between 5 and 180 seconds")
        with user_code.uncounted():
            words = brief if isinstance(brief, str) else await self._ask_brief(brief)
            if not words.strip():
                raise OffhookError("the briefing has no words: give brief='…', with the words for the colleague")
            return await self.warm_transfers.run(dial, words, decide=decide, by=by)

    async def _ask_brief(self, brief: Callable[..., object]) -> str:
        words = await user_code.call(brief, self, name="brief", within=_BRIEF)
        if not isinstance(words, str):
            raise OffhookError(f"the function of brief=… returned {words!r}; return the words for the colleague")
        return words

    async def collect(
        self,
        digits: int | None = None,
        *,
        prompt: str = "",
        timeout: float = 10.0,  # noqa: ASYNC109  # the time-out is a result, not an error
        inter_digit: float = 4.0,
        end: str = "#",
        clear: str = "*",
        by: str = "code",
    ) -> Collected:
        """Collect phone keys (DTMF) from the caller: `digits` of them, or until the `end` key.

        The agent first says the `prompt`; the first key stops the prompt. `timeout` limits the wait for the first key
        after the prompt, and `inter_digit` limits the wait for each next key. The key `clear` deletes the pressed keys.
        If the caller speaks, the result has the words, and the model gets the words too. Meanwhile the silence ladder
        is paused, and the timeout of a handler does not run. Raises `OffhookError` for options that do not fit
        together.
        """
        collector = KeyCollector(digits, timeout=timeout, inter_digit=inter_digit, end=end, clear=clear)
        return await self._keys.run(collector, prompt, by=by)

    async def send_keys(self, keys: str) -> str:
        """Send phone keys (DTMF): 0-9, A-D, `*` and `#`; a `w` waits half a second. Return how many were sent."""
        if self._phone is None:
            raise UnsupportedError(_NO_PHONE)
        return await self._phone.send_keys(keys)
