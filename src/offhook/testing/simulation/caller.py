"""The scripted caller of a simulated call: one method for each action of a person on the phone."""

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from livekit import rtc

from offhook.core.commands import METHOD, Command, dump_command
from offhook.core.errors import OffhookError
from offhook.testing.live.phone import CallStatus
from offhook.testing.live.waiting import WaitTimeoutError
from offhook.testing.simulation.caller_speech import SpeechSource
from offhook.testing.simulation.earpiece import Spoken
from offhook.testing.simulation.noises import VOICES
from offhook.testing.simulation.page import PageActions
from offhook.testing.simulation.people import Person
from offhook.testing.simulation.room import SimulatedRoom
from offhook.testing.simulation.script_view import CallOverError, CallView
from offhook.testing.simulation.sounds import Sound
from offhook.tokens import sign_command

__all__ = ["ScriptedCaller"]

T = TypeVar("T")

PAUSE = 0.2
"""Seconds of silence after which the caller assumes that the agent has finished."""
_KEYS = "0123456789*#ABCD"
_KEY = 0.25
_LONGEST_LINE = 600.0


class ScriptedCaller(PageActions):
    """The caller that a script controls. Times are virtual seconds. If a wait times out, the error shows the call."""

    def __init__(self, room: SimulatedRoom, person: Person, speech: SpeechSource, view: CallView) -> None:
        self._room, self._person, self._speech, self._view = room, person, speech, view
        self._loop = asyncio.get_running_loop()
        self.joined_at = self._loop.time()
        self.left_at: float | None = None
        self._read, self._changed = 0, asyncio.Event()
        self.earpiece = room.earpiece
        self.earpiece.changed = self._changed.set
        room.on("disconnected", self._changed.set)

    @property
    def now(self) -> float:
        """Seconds since the caller joined."""
        return self._loop.time() - self.joined_at

    @property
    def over(self) -> bool:
        """True if the caller has left or was removed, or if the room is closed."""
        return self._person.line.closed or self._room.over.is_set()

    @property
    def sounds(self) -> Sequence[Sound]:
        """All words and noises of the caller so far; their times are times of the event loop's clock."""
        return tuple(self._person.line.sounds)

    async def hears(self, words: str = "", *, timeout: float = 30.0) -> str:  # noqa: ASYNC109  # the error shows the call
        """Wait until the agent has said a line with these words and is silent.

        `timeout` limits only the wait for the words.
        """
        index, line = await self._wait_for_words(words, timeout)

        def look() -> tuple[str | None, float | None]:
            if self.over:
                return line.text, None
            if line.ended is None:
                return None, None
            quiet = max(line.ended, self.earpiece.silent_since) + PAUSE
            return (None, quiet) if self._loop.time() < quiet else (line.text, None)

        heard = await self._until(look, f"the end of {line.text!r}", _LONGEST_LINE)
        self._read = index + 1
        return heard

    async def _wait_for_words(self, words: str, timeout: float) -> tuple[int, Spoken]:  # noqa: ASYNC109  # the error shows the call
        what = f"the agent to say {words!r}" if words else "the agent to speak"
        return await self._until(lambda: (next(iter(self._unmatched(words)), None), None), what, timeout)

    async def says(self, words: str, *, audio: str | Path | None = None) -> None:
        """Say these words; returns when the speech has ended. `audio` is a sound file with these words."""
        self._check_in_call(f"say {words!r}")
        seconds, pcm = self._speech.speech(words, audio)
        self._person.line.play(seconds, text=words, pcm=pcm)
        await self.silent(seconds)

    async def interrupts(self, words: str, *, after: str = "", timeout: float = 30.0) -> None:  # noqa: ASYNC109  # as above
        """Barge in as soon as the agent has said the words in `after`; without `after`, as soon as the agent speaks."""
        self._read = (await self._wait_for_words(after, timeout))[0] + 1
        await self.says(words)

    def _unmatched(self, words: str) -> list[tuple[int, Spoken]]:
        """Return the lines with these words that no earlier wait has matched."""
        lines = list(enumerate(self.earpiece.lines))[self._read :]
        return [(index, line) for index, line in lines if words.casefold() in line.text.casefold()]

    async def silent(self, seconds: float) -> None:
        """Wait this many seconds; returns early if the call ends."""
        try:
            async with asyncio.timeout(seconds):
                await self._room.over.wait()
        except TimeoutError:
            return

    async def makes(self, kind: str, seconds: float = 1.0) -> None:
        """Make a noise (hiss, clicks, cough, music or talker); returns when the noise has ended."""
        self.background(kind, seconds)
        await self.silent(seconds)

    def background(self, kind: str, seconds: float) -> None:
        """Start a noise and return at once; the script continues during the noise."""
        self._check_in_call(f"make a {kind}")
        self._person.line.play(seconds, voice=kind in VOICES, pcm=self._speech.noise(kind, seconds))

    async def presses(self, digits: str) -> None:
        """Press these phone keys, one every quarter of a second."""
        for digit in digits.upper():
            if digit not in _KEYS:
                raise OffhookError(f"there is no key {digit!r} on a phone; use one of {_KEYS}")
            self._check_in_call(f"press {digit}")
            self._room.press(self._person.identity, digit, _KEYS.index(digit))
            await self.silent(_KEY)

    async def becomes(self, status: CallStatus) -> None:
        """Change the phone's `sip.callStatus`."""
        self._check_in_call(f"become {status}")
        if self._person.kind != rtc.ParticipantKind.PARTICIPANT_KIND_SIP:
            raise OffhookError("this caller is not a phone; simulate the call with phone=Phone()")
        self._room.change(self._person.identity, {"sip.callStatus": status})
        await asyncio.sleep(0)

    async def commands(self, verb: Command, *, by: str = "simulation") -> dict[str, object]:
        """Send a signed command to the call, as an operator with the API secret does; returns the agent's answer."""
        token = sign_command(api_secret=self._view.secret, call=self._view.call, by=by, verb=dump_command(verb))
        return dict(json.loads(await self._room.local_participant.answer(METHOD, token, caller="")))

    async def ended(self, *, timeout: float = 120.0) -> None:  # noqa: ASYNC109  # the error shows the call
        """Wait until the call is over."""
        await self._until(lambda: (True if self.over else None, None), "the end of the call", timeout)

    async def hangs_up(self) -> None:
        """Hang up."""
        await self._leave(rtc.DisconnectReason.CLIENT_INITIATED)

    async def drops_off(self) -> None:
        """Lose the connection, as when the battery is empty."""
        await self._leave(rtc.DisconnectReason.CONNECTION_TIMEOUT)

    async def leaves(self, reason: str) -> None:
        """Leave with a disconnect reason of LiveKit.

        Use "user_rejected" if a phone declines, and "user_unavailable" if nobody answers.
        """
        await self._leave(rtc.DisconnectReason.Value(reason.upper()))

    async def returns(self, *, connects: bool = True) -> None:
        """Join again, as from a second browser tab; with `connects=False`, the caller sends and receives nothing."""
        self._person, self.left_at = self._person.again(), None
        self._person.active = connects
        self._room.join(self._person)
        await asyncio.sleep(0)

    def is_dialled(self, person: Person) -> None:
        """Act as the phone `person` from now on, because the agent has dialled this phone."""
        self._person, self.left_at = person, None

    async def _leave(self, reason: rtc.DisconnectReason.ValueType) -> None:
        if not self.over:
            self.left_at = self._loop.time()
            self._room.leave(self._person.identity, reason)
        await asyncio.sleep(0)

    def _check_in_call(self, what: str) -> None:
        if self.over:
            raise CallOverError(f"the caller cannot {what} because the call is over:\n{self._view.picture()}")

    async def _until(self, look: Callable[[], tuple[T | None, float | None]], what: str, seconds: float) -> T:
        """Call `look` at once, and again after each change of the call, until `look` returns a value.

        Instead of a value, `look` may return the time at which to call it again.
        """
        began = self._loop.time()
        while True:
            seen, next_look = look()
            if seen is not None:
                return seen
            if self.over or self._loop.time() >= began + seconds:
                why = "the call ended while waiting" if self.over else f"waited {seconds:g} s"
                raise WaitTimeoutError(f"{why} for {what}; the call so far:\n{self._view.picture()}")
            self._changed.clear()
            try:
                async with asyncio.timeout_at(min(next_look or began + seconds, began + seconds)):
                    await self._changed.wait()
            except TimeoutError:
                continue
