"""The scripted caller of a simulated call: what a person does on the phone, one verb each."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from livekit import rtc

from offhook.core.errors import OffhookError
from offhook.core.verbs import METHOD, Verb, write_verb
from offhook.testing.phone import CallStatus
from offhook.testing.simulation.earpiece import Spoken
from offhook.testing.simulation.noises import VOICES
from offhook.testing.simulation.people import Person
from offhook.testing.simulation.room import SimulatedRoom
from offhook.testing.simulation.told import CallOverError, Told
from offhook.testing.simulation.utter import Utterer
from offhook.testing.waiting import WaitedInVainError
from offhook.tokens import sign_command

__all__ = ["ScriptedCaller"]

T = TypeVar("T")

PAUSE = 0.2
"""Seconds of silence after which a polite caller takes the agent for done."""
_KEYS = "0123456789*#ABCD"
_KEY = 0.25
_LONGEST_LINE = 600.0


class ScriptedCaller:
    """Given to your script. Every wait ends, in an error that shows the call so far; times are virtual seconds."""

    def __init__(self, room: SimulatedRoom, person: Person, utterer: Utterer, told: Told) -> None:
        self._room, self._person, self._utterer, self._told = room, person, utterer, told
        self._loop = asyncio.get_running_loop()
        self.joined_at = self._loop.time()
        self.left_at: float | None = None
        self._read = 0
        self._changed = asyncio.Event()
        self.earpiece = room.earpiece
        self.earpiece.changed = self._changed.set
        room.on("disconnected", self._changed.set)

    @property
    def now(self) -> float:
        """Seconds since the caller came."""
        return self._loop.time() - self.joined_at

    @property
    def over(self) -> bool:
        """Whether the line is cut, by whomever."""
        return self._person.line.closed or self._room.over.is_set()

    async def hears(self, words: str = "", *, timeout: float = 30.0) -> str:  # noqa: ASYNC109  # the error shows the call
        """Wait until the agent has said a line with these words and is silent; each line is heard once.

        `timeout` is for the words; the line may then go on.
        """
        index, line = await self._words(words, timeout)

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

    async def _words(self, words: str, timeout: float) -> tuple[int, Spoken]:  # noqa: ASYNC109  # the error shows the call
        what = f"the agent to say {words!r}" if words else "the agent to speak"
        return await self._until(lambda: (next(iter(self._fresh(words)), None), None), what, timeout)

    async def says(self, words: str, *, audio: str | Path | None = None) -> None:
        """Say something; returns with its last sound. `audio` is a sound file to play for it."""
        self._on_line(f"say {words!r}")
        seconds, pcm = self._utterer.speech(words, audio)
        self._person.line.play(seconds, text=words, pcm=pcm)
        await self.silent(seconds)

    async def interrupts(self, words: str, *, after: str = "", timeout: float = 30.0) -> None:  # noqa: ASYNC109  # as above
        """Speak over the agent as soon as these words of it are heard; without `after`, as soon as it speaks."""
        self._read = (await self._words(after, timeout))[0] + 1
        await self.says(words)

    def _fresh(self, words: str) -> list[tuple[int, Spoken]]:
        """Lines that were not heard yet, with these words."""
        lines = list(enumerate(self.earpiece.lines))[self._read :]
        return [(index, line) for index, line in lines if words.casefold() in line.text.casefold()]

    async def silent(self, seconds: float) -> None:
        """Wait; returns early when the call ends."""
        try:
            async with asyncio.timeout(seconds):
                await self._room.over.wait()
        except TimeoutError:
            return

    async def makes(self, kind: str, seconds: float = 1.0) -> None:
        """Make a noise: hiss, clicks, cough, music, talker; returns when it is over."""
        self.background(kind, seconds)
        await self.silent(seconds)

    def background(self, kind: str, seconds: float) -> None:
        """The same noise while the script goes on."""
        self._on_line(f"make a {kind}")
        self._person.line.play(seconds, voice=kind in VOICES, pcm=self._utterer.noise(kind, seconds))

    async def presses(self, digits: str) -> None:
        """Press keys, a quarter of a second each."""
        for digit in digits.upper():
            if digit not in _KEYS:
                raise OffhookError(f"there is no key {digit!r} on a phone; there are {_KEYS}")
            self._on_line(f"press {digit}")
            self._room.press(self._person.identity, digit, _KEYS.index(digit))
            await self.silent(_KEY)

    async def types(self, text: str, *, topic: str = "lk.chat") -> None:
        """Send a typed message."""
        self._on_line(f"type {text!r}")
        if not self._room.text(self._person.identity, text, topic):
            raise OffhookError(f"the agent reads no text on {topic!r} yet; wait until it has said something")
        await asyncio.sleep(0)

    def sends(self, payload: bytes | str, *, topic: str = "") -> None:
        """Send a data packet."""
        self._on_line("send data")
        self._room.data(self._person.identity, payload if isinstance(payload, bytes) else payload.encode(), topic)

    def answers(self, method: str, answer: Callable[[str], str]) -> None:
        """Answer an RPC of the agent's."""
        self._room.answers[method] = answer

    async def becomes(self, status: CallStatus) -> None:
        """Change the phone's `sip.callStatus`."""
        self._on_line(f"become {status}")
        self._room.change(self._person.identity, {"sip.callStatus": status})
        await asyncio.sleep(0)

    async def commands(self, verb: Verb, *, by: str = "simulation") -> dict[str, str]:
        """Send a signed command to the call, as somebody with the key would; the agent's answer."""
        token = sign_command(api_secret=self._told.secret, call=self._told.call, by=by, verb=write_verb(verb))
        answer = await self._room.local_participant.answer(METHOD, token, caller="")
        result: Any = json.loads(answer)
        return dict(result)

    async def ended(self, *, timeout: float = 120.0) -> None:  # noqa: ASYNC109  # the error shows the call
        """Wait until the line is cut."""
        await self._until(lambda: (True if self.over else None, None), "the end of the call", timeout)

    async def hangs_up(self) -> None:
        """Leave."""
        self._leave(rtc.DisconnectReason.CLIENT_INITIATED)
        await asyncio.sleep(0)

    async def drops_off(self) -> None:
        """Be gone without a word, as with a dead battery."""
        self._leave(rtc.DisconnectReason.CONNECTION_TIMEOUT)
        await asyncio.sleep(0)

    async def returns(self) -> None:
        """Join again after dropping off."""
        self._person.line.closed, self.left_at = False, None
        self._room.join(self._person.again())
        await asyncio.sleep(0)

    def _leave(self, reason: rtc.DisconnectReason.ValueType) -> None:
        if not self.over:
            self.left_at = self._loop.time()
            self._room.leave(self._person.identity, reason)

    def _on_line(self, what: str) -> None:
        if self.over:
            raise CallOverError(f"the caller wanted to {what}, but the call is over:\n{self._told.picture()}")

    async def _until(self, look: Callable[[], tuple[T | None, float | None]], what: str, seconds: float) -> T:
        """Look after each change, and at the moment that `look` names."""
        began = self._loop.time()
        while True:
            seen, again = look()
            if seen is not None:
                return seen
            if self.over or self._loop.time() >= began + seconds:
                why = "the call is over" if self.over else f"waited {seconds:g} s"
                raise WaitedInVainError(f"{why}: {what}, in vain; the call so far:\n{self._told.picture()}")
            self._changed.clear()
            try:
                async with asyncio.timeout_at(min(again or began + seconds, began + seconds)):
                    await self._changed.wait()
            except TimeoutError:
                continue
