"""One phone call of the SIP telephone: its dialog, its audio, and the time of each SIP message."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from offhook.core.errors import OffhookError
from offhook.testing.live.hearing import SoundOnset, Utterance
from offhook.testing.live.microphone import SpokenLine
from offhook.testing.live.timeline import Moment, format_timeline
from offhook.testing.live.waiting import Signal, WaitTimeoutError
from offhook.testing.sip.dialog import Dialog, Transfer
from offhook.testing.sip.message import Headers, SipMessage
from offhook.testing.sip.rtp import RtpStream
from offhook.testing.sip.sdp import Direction, Media
from offhook.testing.sip.signalling import Signalling
from offhook.testing.speech import load

__all__ = ["SipLeg"]

T = TypeVar("T")

_ANSWER: Final = 30.0


class SipLeg:
    """Has the basic methods of `Caller`, such as `say`, `hears` and `ended`, so that a test scenario can run over SIP
    or in a LiveKit room.

    `SipPhone.call` and `SipPhone.rings` return legs. All times are values of `time.monotonic()`.
    """

    def __init__(self, dialog: Dialog, signalling: Signalling, invite: SipMessage, *, outgoing: bool) -> None:
        self.dialog, self.invite, self.outgoing = dialog, invite, outgoing
        self.transfer = Transfer()
        self.referred_to = ""
        self.left = asyncio.Event()
        self.ended_at: float | None = None
        self.reason = ""
        self.joined_at = time.monotonic()
        self.messages: list[tuple[float, str, SipMessage]] = []
        self.changed = Signal()
        self.rtp = RtpStream(dialog.here[0], self.changed)
        self._signalling = signalling
        self._direction: Direction = "sendrecv"
        self._version = 0
        self._tasks: set[asyncio.Task[object]] = set()

    @property
    def heard(self) -> list[Utterance]:
        """All audio received so far, split into utterances at silences of 0.35 s or longer."""
        return self.rtp.hearing.utterances()

    @property
    def keys(self) -> str:
        """The telephone keys that the other side has pressed so far."""
        return "".join(key for _, key in self.rtp.reader.keys)

    @property
    def status(self) -> int:
        """The status of the last response to this phone's INVITE; 0 before the first response."""
        seen = [message.status for _, _, message in self.messages if message.status and message.method == "INVITE"]
        return seen[-1] if seen else 0

    def at(self, name: str) -> float | None:
        """Return the time at which the first message with this name arrived; None if no such message has arrived.

        The name is the method of a request such as "BYE", or the status of a response to the INVITE such as "200".
        """
        return next((at for at, known, _ in self.messages if known == name), None)

    def message(self, name: str) -> SipMessage | None:
        """Return the first message that arrived with this name; None if no such message has arrived."""
        return next((one for _, known, one in self.messages if known == name), None)

    async def ringing(self, *, timeout: float = 10.0) -> float:  # noqa: ASYNC109  # on a timeout, the error shows the call
        """Wait for the first ringing response (180 or 183); returns its time of arrival."""
        return await self.expect("ringing", lambda: self.at("180") or self.at("183"), timeout)

    async def answered(self, *, timeout: float = _ANSWER) -> float:  # noqa: ASYNC109  # on a timeout, the error shows the call
        """Wait until the other side answers this outgoing call; returns the time of the answer.

        After a refusal, this method raises an error that lists the events of the call.
        """
        return await self.expect("an answer", lambda: self.at("200"), timeout)

    async def hears(self, *, timeout: float = 10.0, since: float | None = None) -> SoundOnset:  # noqa: ASYNC109  # on a timeout, the error shows the call
        """Wait for the first sound that starts after `since` (default: now)."""
        begin = time.monotonic() if since is None else since
        return await self.expect("a sound", lambda: self.rtp.hearing.onset_since(begin), timeout)

    async def quiet(self, *, for_: float = 0.5, timeout: float = 30.0) -> float:  # noqa: ASYNC109  # on a timeout, the error shows the call
        """Wait for a silence of `for_` seconds, or for the end of the call.

        Returns the time at which the last sound ended; without a sound, the time at which the call began.
        """

        def probe() -> float | None:
            since = self.rtp.hearing.silent_since() or self.joined_at
            return since if self.left.is_set() or time.monotonic() - since >= for_ else None

        return await self.expect(f"silence of {for_:g} s", probe, timeout)

    async def pressed(self, keys: str, *, timeout: float = 10.0) -> None:  # noqa: ASYNC109  # on a timeout, the error shows the call
        """Wait until the other side has pressed these keys."""
        await self.expect(f"the keys {keys}", lambda: keys in self.keys or None, timeout)

    async def ended(self, timeout: float = _ANSWER) -> str:  # noqa: ASYNC109  # on a timeout, the error shows the call
        """Wait for the end of the call; returns the reason.

        The reason is "BYE", "CANCEL", "hung up", or a refusal such as "486 Busy Here".
        """
        return await self.expect("the end of the call", lambda: self.reason or None, timeout)

    async def say(self, line: str | Path) -> SpokenLine:
        """Speak a line that the test kit ships, or an audio file."""
        return await self.rtp.say(load(line))

    async def press(self, keys: str) -> None:
        """Press telephone keys one after another."""
        for key in keys:
            await self.rtp.press(key)

    async def hang_up(self) -> None:
        """End the call with BYE. If nobody has answered, an outgoing call ends with CANCEL, and an incoming call ends
        with 603.
        """
        await self._signalling.hang_up(self)

    async def hold(self, direction: Direction = "sendonly", *, silent: bool = False) -> SipMessage:
        """Put the call on hold with a re-INVITE; returns the response. If `silent`, send no RTP during the hold."""
        self.rtp.sending = not silent
        return await self._redirect(direction)

    async def resume(self) -> SipMessage:
        """End the hold with a re-INVITE; returns the response."""
        self.rtp.sending = True
        return await self._redirect("sendrecv")

    async def _redirect(self, direction: Direction) -> SipMessage:
        self._direction = direction
        return await self._signalling.request(self, self.dialog.request("INVITE", body=self.description()))

    def ring(self, status: int = 180, reason: str = "Ringing", headers: Headers = ()) -> None:
        """Send a ringing response for an incoming call."""
        self._signalling.answer_invite(self, status, reason, headers)

    def answer(self, headers: Headers = ()) -> None:
        """Answer an incoming call."""
        media = Media.parse(self.invite.body)
        self._signalling.answer_invite(self, 200, "OK", headers, self.description())
        if media is not None:
            self.rtp.start(media)

    def decline(self, status: int = 486, reason: str = "Busy Here", headers: Headers = ()) -> None:
        """Refuse an incoming call."""
        self._signalling.answer_invite(self, status, reason, headers)
        self.end(f"{status} {reason}", time.monotonic())

    def description(self) -> bytes:
        """Return a session description (SDP) of this side, with the next version number."""
        self._version += 1
        return Media(*self.rtp.address, self._direction).dump(self._version)

    def note(self, name: str, message: SipMessage, at: float) -> None:
        """Record a SIP message that arrived."""
        self.messages.append((at, name, message))
        self.changed()

    def end(self, reason: str, at: float) -> None:
        """Record the reason and the time of the end of the call. If an end is already recorded, change nothing."""
        if not self.reason:
            self.reason, self.ended_at = reason, at
            self.left.set()
            self.changed()

    def own(self, work: Coroutine[Any, Any, object], name: str) -> None:
        """Run `work` as a task; `close` cancels the task if it still runs."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Hang up if the call is not over, and stop the audio."""
        with suppress(OffhookError, TimeoutError):  # the other side may not answer any more
            async with asyncio.timeout(1):
                await self.hang_up()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.rtp.close()

    def timeline(self) -> str:
        """Return the events of the call so far, one per line."""
        moments = [Moment(at, "wire", name) for at, name, _ in self.messages]
        moments += [Moment(one.started_at, "sound", f"for {one.ended_at - one.started_at:.2f} s") for one in self.heard]
        moments += [Moment(self.ended_at, "end", self.reason)] if self.ended_at else []
        return format_timeline(moments, self.joined_at)

    async def expect(self, what: str, probe: Callable[[], T | None], seconds: float) -> T:
        """Wait until `probe` returns a value other than None; return the value.

        After a timeout, this method raises an error that lists the events of the call.
        """
        began = time.monotonic()
        seen = await self.changed.until(probe, over=self.left, seconds=seconds)
        if seen is None:
            waited = f"waited {time.monotonic() - began:.1f} s for {what}, without success"
            raise WaitTimeoutError(f"{waited}; the call so far:\n{self.timeline() or 'nothing happened'}")
        return seen
