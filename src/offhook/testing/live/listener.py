"""A scripted listener: a participant in a real room that only listens and records times."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import numpy as np

from offhook.testing.live.hearing import GAP, SoundOnset, Utterance
from offhook.testing.live.participant import Participant
from offhook.testing.live.phone import Phone
from offhook.testing.live.recording import Placed, write_stereo
from offhook.testing.live.timeline import Moment, format_timeline
from offhook.testing.live.transcript import Line
from offhook.testing.live.waiting import WaitTimeoutError
from offhook.testing.speech import Samples
from offhook.tokens import room_token

__all__ = ["Listener"]

T = TypeVar("T")

_OPEN = " ..."
"""In a timeline, this mark follows a transcript line that is not final."""


class Listener:
    """Joins the room with `async with`. All times are values of `time.monotonic()`.

    If a method times out, the error text shows the call so far.
    """

    def __init__(self, *, url: str, api_key: str, api_secret: str, room: str, identity: str = "listener") -> None:
        token = room_token(api_key=api_key, api_secret=api_secret, room=room, identity=identity, role="listener")
        self._set_up(url=url, token=token, room=room, identity=identity, phone=None)

    def _set_up(self, *, url: str, token: str, room: str, identity: str, phone: Phone | None) -> None:
        self.room, self.identity = room, identity
        self._url, self._token = url, token
        self._participant = Participant(identity, phone)
        self._actions: list[Moment] = []

    async def __aenter__(self) -> Self:
        await self._participant.join(self._url, self._token)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._participant.close()

    @property
    def left(self) -> asyncio.Event:
        """An event that is set when this participant is disconnected, no matter who disconnected it."""
        return self._participant.left

    @property
    def ended_at(self) -> float | None:
        """The time at which this participant was disconnected; None while connected."""
        return self._participant.ended_at

    @property
    def reason(self) -> str:
        """LiveKit's disconnect reason, such as ROOM_DELETED; empty while connected."""
        return self._participant.reason

    @property
    def joined_at(self) -> float:
        """The time at which this participant joined the room."""
        return self._participant.joined_at

    @property
    def heard(self) -> list[Utterance]:
        """All audio received so far from the other participants, split at gaps of 0.35 s or longer."""
        return self._participant.hearing.utterances()

    def heard_from(self, identity: str, track: str = "") -> list[Utterance]:
        """Return the audio received so far from one participant; `track` is the name of one of its tracks."""
        tracks = self._participant.hearing.of(identity, track)
        return sorted((one for audio in tracks for one in audio.utterances()), key=lambda one: one.started_at)

    @property
    def transcript(self) -> list[Line]:
        """The transcript that the agent published so far: the agent's lines and the caller's lines."""
        return self._participant.transcript.lines

    @property
    def met_agent(self) -> bool:
        """True if an agent is or was in the room."""
        return self._participant.met_agent

    @property
    def agent_states(self) -> list[Moment]:
        """The states that the agent published; `text` is the state, such as "listening" or "speaking"."""
        return list(self._participant.states)

    async def connected(self, *, timeout: float = 10.0) -> None:  # noqa: ASYNC109  # the error shows the call
        """Wait until audio from another participant arrives, silence included. From then on, no speech is missed."""
        await self.until(
            "audio from another participant", lambda: self._participant.hearing.listening() or None, timeout
        )

    async def hears(self, *, timeout: float = 10.0, since: float | None = None) -> SoundOnset:  # noqa: ASYNC109  # the error shows the call
        """Wait for the first sound that starts after `since` (default: now)."""
        begin = time.monotonic() if since is None else since
        return await self.until("a sound", lambda: self._participant.hearing.onset_since(begin), timeout)

    async def quiet(self, *, for_: float = 0.5, timeout: float = 30.0) -> float:  # noqa: ASYNC109  # the error shows the call
        """Wait for a silence of `for_` seconds, or for the end of the call.

        Returns the time at which the last sound ended; without a sound, the time at which this participant joined.
        """

        def probe() -> float | None:
            silent_since = self._participant.hearing.silent_since() or self.joined_at
            return silent_since if self.left.is_set() or time.monotonic() - silent_since >= for_ else None

        return await self.until(f"silence of {for_:g} s", probe, timeout)

    async def agent(self, *, timeout: float = 10.0) -> str:  # noqa: ASYNC109  # the error shows the call
        """Wait for the agent to join; returns the agent's identity."""
        return await self.until("an agent", self._participant.agent, timeout)

    async def agent_is(self, state: str, *, timeout: float = 10.0) -> None:  # noqa: ASYNC109  # the error shows the call
        """Wait until the agent publishes this state, such as "listening", "thinking" or "speaking"."""
        await self.until(f"the agent {state}", lambda: self._participant.state() == state or None, timeout)

    async def reads(self, words: str, *, who: str = "agent", timeout: float = 10.0) -> Line:  # noqa: ASYNC109  # the error shows the call
        """Wait for a final transcript line by `who` with these words, in any letter case; returns the first match."""

        def probe() -> Line | None:
            lines = (line for line in self.transcript if line.final and line.who == who)
            return next((line for line in lines if words.lower() in line.text.lower()), None)

        return await self.until(f"{words!r} by {who} in the transcript", probe, timeout)

    async def ended(self, timeout: float = 10.0) -> str:  # noqa: ASYNC109  # the error shows the call
        """Wait until this participant is disconnected; returns LiveKit's disconnect reason."""
        return await self.until("the end of the call", lambda: self.reason or None, timeout)

    async def until(self, what: str, probe: Callable[[], T | None], timeout: float) -> T:  # noqa: ASYNC109  # as above
        """Call `probe` after each change, and at least 20 times a second, until `probe` returns a value other than
        None.

        Returns the value of `probe`. If the timeout passes or the call ends, `WaitTimeoutError` names `what`.
        """
        began = time.monotonic()
        seen = await self._participant.changed.until(probe, over=self.left, seconds=timeout)
        if seen is None:
            waited = f"waited {time.monotonic() - began:.1f} s for {what}, without success"
            raise WaitTimeoutError(f"{waited}; the call so far:\n{self.timeline() or 'nothing happened'}")
        return seen

    async def hang_up(self) -> None:
        """Leave the room."""
        self._note("hangs up")
        await self._participant.leave()

    def recording(self, path: Path) -> None:
        """Write the call so far as a stereo WAV file: sent audio on the left channel, received audio on the right."""
        write_stereo(path, left=self._spoken(), right=self._participant.hearing.frames(), began_at=self.joined_at)

    def samples(self, since: float) -> Samples:
        """Return the audio received after `since`, as 48 kHz mono.

        Frames of all speakers are joined in order of time and not mixed, so use this method with one speaker only.
        """
        frames = [
            pcm for at, pcm in sorted(self._participant.hearing.frames(), key=lambda frame: frame[0]) if at >= since
        ]
        return np.concatenate(frames) if frames else np.zeros(0, np.int16)

    def timeline(self) -> str:
        """Return the call so far, one event per line, in seconds since this participant joined."""
        return format_timeline([*self._moments(time.monotonic()), *self.agent_states], self.joined_at)

    def settled(self) -> list[Moment]:
        """Return the events that will not change: actions, ended sounds, final transcripts, the end of the call."""
        until = self.ended_at or time.monotonic() - GAP
        return [one for one in self._moments(until) if not one.text.endswith(_OPEN)]

    def _moments(self, until: float) -> list[Moment]:
        """Return this participant's actions, the transcript, the call's end, and sounds that ended before `until`."""
        heard = [one for one in self.heard if one.ended_at <= until]
        sounds = [Moment(one.started_at, "sound", f"for {one.ended_at - one.started_at:.2f} s") for one in heard]
        words = [Moment(one.at, one.who, f'"{one.text}"' + ("" if one.final else _OPEN)) for one in self.transcript]
        end = [Moment(self.ended_at, "room", f"closed: {self.reason}")] if self.ended_at else []
        return [*self._actions, *sounds, *words, *end]

    def _spoken(self) -> Placed:
        return ()

    def _note(self, text: str) -> None:
        self._actions.append(Moment(time.monotonic(), self.identity, text))
