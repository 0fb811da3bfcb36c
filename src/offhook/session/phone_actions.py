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
"""Time limit in seconds for a function that is given as `brief`."""


class PhoneActions:
    """The part of `OngoingCall` that acts on telephones."""

    def __init__(self, phone: PhonePort | None, transfers: Transfers, keys: KeyCollection) -> None:
        self._phone, self._transfers, self._keys = phone, transfers, keys
        self.warm_transfers: WarmTransferPort | None = None

    async def transfer(
        self, to: str, *, headers: Mapping[str, str] | None = None, ringing: float = RINGING, by: str = "code"
    ) -> TransferResult:
        """Transfer the phone caller to a number or a SIP address (SIP REFER), and return the result.

        During the transfer the silence ladder is paused. If a handler waits for the transfer, this wait does not count
        towards the handler's time limit. After the result "done" the caller leaves, and the call ends as `transferred`.
        After any other result the agent goes on with the caller, if the caller is still in the call. `headers` are SIP
        headers for the REFER request. Raises `UnsupportedError` for a caller who is not on a phone, and `OffhookError`
        if the transfer cannot begin, for example because of an invalid address or header.
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

        The caller goes on hold with music. The agent dials `to` over the outbound SIP trunk, so that the colleague
        joins the room. The TTS then speaks `brief` to the colleague, word for word; the caller does not hear this. If
        the session has a Realtime model and no TTS, the model briefs the colleague in the model's own words. If `brief`
        is a function, the function gets this call and returns the words. The colleague accepts in words or with the
        phone key 1. The colleague declines in words, with the phone key 2 or by hanging up. The colleague has `decide`
        seconds for this decision. After the result "joined" the caller and the colleague talk, the agent leaves, and
        the call ends as `transferred`. After any other result the agent goes on with the caller, if the caller is still
        in the call. During the transfer the silence ladder is paused. If the transfer cannot begin, raises
        `OffhookError` and changes nothing.
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
        """Collect phone keys (DTMF) until the caller has pressed `digits` keys or the `end` key, and return the keys.

        The agent first says the `prompt`. The first key press stops the prompt. `timeout` is the maximum wait in
        seconds for the first key after the prompt; `inter_digit` is the maximum wait for each next key. The key `clear`
        deletes the keys pressed so far. If the caller speaks, the collection ends, the result has the words, and the
        model gets the words too. During the collection the silence ladder is paused. If a handler waits for the keys,
        this wait does not count towards the handler's time limit. Raises `OffhookError` for options that contradict
        each other, or if another collection runs.
        """
        collector = KeyCollector(digits, timeout=timeout, inter_digit=inter_digit, end=end, clear=clear)
        return await self._keys.run(collector, prompt, by=by)

    async def send_keys(self, keys: str) -> str:
        """Send phone keys (DTMF): 0-9, A-D, `*` and `#`; a `w` is a pause of 0.5 s. Return a note that says how many
        keys were sent.
        """
        if self._phone is None:
            raise UnsupportedError(_NO_PHONE)
        return await self._phone.send_keys(keys)
