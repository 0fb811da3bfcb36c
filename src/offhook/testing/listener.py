"""A scripted listener: somebody in a real room who only listens, and keeps time."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import numpy as np

from offhook.testing.hearing import Heard, Utterance
from offhook.testing.phone import Phone
from offhook.testing.recording import Placed, write_stereo
from offhook.testing.seat import Seat
from offhook.testing.speech import Samples
from offhook.testing.timeline import Moment, format_timeline
from offhook.testing.transcript import Line
from offhook.testing.waiting import WaitedInVainError
from offhook.tokens import room_token

__all__ = ["Listener"]

T = TypeVar("T")


class Listener:
    """Join with `async with`; every time is `time.monotonic()`. Every wait ends, in an error that shows the call."""

    def __init__(self, *, url: str, api_key: str, api_secret: str, room: str, identity: str = "listener") -> None:
        token = room_token(api_key=api_key, api_secret=api_secret, room=room, identity=identity, role="listener")
        self._sit(url=url, token=token, room=room, identity=identity, phone=None)

    def _sit(self, *, url: str, token: str, room: str, identity: str, phone: Phone | None) -> None:
        self.room, self.identity = room, identity
        self._url, self._token = url, token
        self._seat = Seat(identity, phone)
        self._did: list[Moment] = []

    async def __aenter__(self) -> Self:
        await self._seat.join(self._url, self._token)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._seat.close()

    @property
    def left(self) -> asyncio.Event:
        """Set when the line is cut, by whomever."""
        return self._seat.left

    @property
    def ended_at(self) -> float | None:
        """When the line was cut; None while it is open."""
        return self._seat.ended_at

    @property
    def reason(self) -> str:
        """LiveKit's reason for the end, such as ROOM_DELETED; empty while the line is open."""
        return self._seat.reason

    @property
    def joined_at(self) -> float:
        """When this participant was in the room."""
        return self._seat.joined_at

    @property
    def heard(self) -> list[Utterance]:
        """Everything heard so far, from everybody else, cut at gaps of 0.35 s."""
        return self._seat.hearing.utterances()

    @property
    def transcript(self) -> list[Line]:
        """What the agent wrote down so far, its own words and the caller's."""
        return self._seat.transcript.lines

    @property
    def agent_states(self) -> list[Moment]:
        """When the agent said that it was listening, thinking, speaking ...: `text` is the state."""
        return list(self._seat.states)

    async def connected(self, *, timeout: float = 10.0) -> None:  # noqa: ASYNC109  # the error shows the call
        """Wait until anything arrives from somebody else, silence included: from then on nothing said is missed."""
        await self._expect("somebody's line", lambda: self._seat.hearing.listening() or None, timeout)

    async def hears(self, *, timeout: float = 10.0, since: float | None = None) -> Heard:  # noqa: ASYNC109  # the error shows the call
        """The first sound that begins after `since` (default: now)."""
        begin = time.monotonic() if since is None else since
        return await self._expect("a sound", lambda: self._seat.hearing.onset_since(begin), timeout)

    async def quiet(self, *, for_: float = 0.5, timeout: float = 30.0) -> float:  # noqa: ASYNC109  # the error shows the call
        """Wait until nothing was heard for so long; returns when the last sound ended."""

        def look() -> float | None:
            silent_since = self._seat.hearing.silent_since() or self.joined_at
            return silent_since if self.left.is_set() or time.monotonic() - silent_since >= for_ else None

        return await self._expect(f"silence of {for_:g} s", look, timeout)

    async def agent(self, *, timeout: float = 10.0) -> str:  # noqa: ASYNC109  # the error shows the call
        """The agent's identity, once it is in the room."""
        return await self._expect("an agent", self._seat.agent, timeout)

    async def agent_is(self, state: str, *, timeout: float = 10.0) -> None:  # noqa: ASYNC109  # the error shows the call
        """Wait until the agent says that it is "listening", "thinking", "speaking" ..."""
        await self._expect(f"the agent {state}", lambda: self._seat.state() == state or None, timeout)

    async def reads(self, words: str, *, who: str = "agent", timeout: float = 10.0) -> Line:  # noqa: ASYNC109  # the error shows the call
        """The first final line of the transcript by `who` that contains `words`, in upper or lower case."""

        def look() -> Line | None:
            lines = (line for line in self.transcript if line.final and line.who == who)
            return next((line for line in lines if words.lower() in line.text.lower()), None)

        return await self._expect(f"{words!r} by {who} in the transcript", look, timeout)

    async def ended(self, timeout: float = 10.0) -> str:  # noqa: ASYNC109  # the error shows the call
        """Wait until the line is cut; returns LiveKit's reason."""
        return await self._expect("the end of the call", lambda: self.reason or None, timeout)

    async def hang_up(self) -> None:
        """Leave the room."""
        self._note("hangs up")
        await self._seat.leave()

    def recording(self, path: Path) -> None:
        """Write the call so far as a WAV file: what was said on the left, what was heard on the right."""
        write_stereo(path, left=self._spoken(), right=self._seat.hearing.frames(), began_at=self.joined_at)

    def samples(self, since: float) -> Samples:
        """What arrived since then, frame after frame, as 48 kHz mono: for one speaker, in the order of arrival."""
        frames = [pcm for at, pcm in sorted(self._seat.hearing.frames(), key=lambda frame: frame[0]) if at >= since]
        return np.concatenate(frames) if frames else np.zeros(0, np.int16)

    def timeline(self) -> str:
        """The call so far, one line a moment, in seconds since joining."""
        sounds = [Moment(one.started_at, "sound", f"for {one.ended_at - one.started_at:.2f} s") for one in self.heard]
        words = [Moment(one.at, one.who, f'"{one.text}"' + ("" if one.final else " ...")) for one in self.transcript]
        end = [Moment(self.ended_at, "room", f"closed: {self.reason}")] if self.ended_at else []
        return format_timeline([*self._did, *sounds, *words, *self.agent_states, *end], self.joined_at)

    def _spoken(self) -> Placed:
        return ()

    def _note(self, text: str) -> None:
        self._did.append(Moment(time.monotonic(), self.identity, text))

    async def _expect(self, what: str, look: Callable[[], T | None], seconds: float) -> T:
        began = time.monotonic()
        seen = await self._seat.changed.until(look, over=self.left, seconds=seconds)
        if seen is None:
            waited = f"waited {time.monotonic() - began:.1f} s for {what}, in vain"
            raise WaitedInVainError(f"{waited}; the call so far:\n{self.timeline() or 'nothing happened'}")
        return seen
