"""Carries out the verbs of a scenario with a caller on a real server."""

import asyncio
import time
from pathlib import Path

from offhook.testing.live.caller import Caller
from offhook.testing.live.phone import CallStatus
from offhook.testing.live.transcript import Line
from offhook.testing.scenarios.file import Scenario, ScenarioError
from offhook.testing.simulation.caller_speech import SpeechSource

__all__ = ["LiveCaller", "check_live"]

PAUSE = 0.7
"""Seconds of silence after which the caller assumes that the agent has finished."""
_KEY = 0.25
_ONLY_SIMULATED = ("returns",)


class LiveCaller:
    """A caller on a real server, with the verbs of a scenario as methods.

    Times are in seconds. A method that waits longer than its `timeout` raises `OffhookError`.
    """

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self._speech = SpeechSource(sound=True)
        self._since, self._read = caller.joined_at, 0

    @property
    def over(self) -> bool:
        """True when the caller has left, or the room is closed."""
        return self.caller.left.is_set()

    async def hears(self, words: str = "", *, timeout: float = 30.0) -> None:  # noqa: ASYNC109  # the error shows the call
        """Wait until the agent has said a line with these words and is silent.

        `timeout` limits only the wait for the words.
        """
        await self._begins(words, timeout)
        await self.caller.quiet(for_=PAUSE, timeout=600)

    async def says(self, words: str, *, audio: str | Path | None = None) -> None:
        """Say these words; returns when their audio is sent. `audio` is a sound file with these words."""
        _, pcm = await asyncio.to_thread(self._speech.speech, words, audio)
        assert pcm is not None  # because `SpeechSource` has sound=True
        self._since = (await self.caller.play(pcm, f"says {words!r}")).ended_at

    async def interrupts(self, words: str, *, after: str = "", timeout: float = 30.0) -> None:  # noqa: ASYNC109  # as above
        """Barge in as soon as the agent has said the words in `after`; without `after`, as soon as the agent speaks."""
        await self._begins(after, timeout)
        await self.says(words)

    async def silent(self, seconds: float) -> None:
        """Wait this many seconds; returns early if the call ends."""
        try:
            async with asyncio.timeout(seconds):
                await self.caller.left.wait()
        except TimeoutError:
            return

    async def makes(self, kind: str, seconds: float = 1.0) -> None:
        """Make a noise; returns when the noise has ended."""
        pcm = self._speech.noise(kind, seconds)
        assert pcm is not None  # because `SpeechSource` has sound=True
        await self.caller.play(pcm, f"makes {kind}")

    def background(self, kind: str, seconds: float) -> None:
        """Start a noise and return at once.

        Words that the caller says later wait until the noise ends, because the caller has one microphone.
        """
        self._noise = asyncio.create_task(self.makes(kind, seconds), name="noise")

    async def presses(self, digits: str) -> None:
        """Press these phone keys, one every quarter of a second."""
        for digit in digits:
            await self.caller.press(digit)
            await self.silent(_KEY)

    async def types(self, text: str) -> None:
        """Send a chat message."""
        self._since = time.monotonic()
        await self.caller.type(text)

    async def becomes(self, status: CallStatus) -> None:
        """Change the phone's `sip.callStatus`."""
        await self.caller.set_sip_status(status)

    async def ended(self, *, timeout: float = 120.0) -> None:  # noqa: ASYNC109  # the error shows the call
        """Wait until the call is over."""
        await self.caller.ended(timeout)

    async def hangs_up(self) -> None:
        """Hang up."""
        await self.caller.hang_up()

    async def drops_off(self) -> None:
        """Lose the connection, as when the battery is empty."""
        await self.caller.drop_network()

    async def _begins(self, words: str, timeout: float) -> None:  # noqa: ASYNC109  # the error shows the call
        """Wait until the agent says a new line with these words; without words, until the agent makes a sound."""
        if not words:
            self._since = (await self.caller.hears(since=self._since, timeout=timeout)).started_at + 0.001
            return

        def probe() -> int | None:
            lines = list(enumerate(self.caller.transcript))[self._read :]  # skips the lines that earlier waits matched
            said = (number for number, line in lines if line.who == "agent" and _has(line, words))
            return next(said, None)

        self._read = await self.caller.until(f"{words!r} by the agent", probe, timeout=timeout) + 1


def _has(line: Line, words: str) -> bool:
    return words.casefold() in line.text.casefold()


def check_live(scenario: Scenario) -> None:
    """Raise `ScenarioError` for a step that only a simulated caller can do."""
    for step in scenario.steps:
        if step.verb in _ONLY_SIMULATED:
            raise ScenarioError(f"{scenario.name}: step {step.number}: {step.verb!r} works only in a simulated call")
