"""The caller of a drill: asks three questions, repeats a question on request, and waits up to 20 s for each answer."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache

from offhook.testing.drill.lines import ANSWERS, LINES
from offhook.testing.drill.moment import Moment
from offhook.testing.drill.told_stt import ToldStt
from offhook.testing.drill.tone import LETTER
from offhook.testing.live.waiting import WaitTimeoutError
from offhook.testing.simulation.caller import ScriptedCaller
from offhook.testing.speech import RATE, load, voiced

__all__ = ["DrillCaller", "Turn"]

ANSWER_TIMEOUT = 20.0
"""Seconds that the caller waits for an answer."""
_PAUSE = 0.7
_TICK = 0.1
_SOON = 1.0
"""In the circumstance "sound": seconds of silence after which the caller makes the sound."""
_REPEATS = 2
_MIN_SHARE = 0.75
"""An answer counts as complete if at least this share of its audio was played."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of the caller; times are in seconds of the loop's clock.

    `ended` is the time at which the caller finished the question. `until` is the time at which the caller stopped
    waiting for the response. `got` is "answer" if the complete answer was played. Otherwise `got` is another line of
    the agent (for example, a question back), or "" if there was none.
    """

    line: str
    ended: float
    until: float
    got: str


@dataclass(slots=True)
class DrillCaller:
    """Asks the questions of the drill and records each response."""

    stt: ToldStt
    fillers: tuple[str, ...]
    moment: Moment | None = None
    button: tuple[str, str] | None = None
    """The RPC methods that open and close the microphone; None: the microphone is always open."""
    turns: list[Turn] = field(default_factory=list)
    call: ScriptedCaller = field(init=False)
    hung_up: bool = False

    async def __call__(self, call: ScriptedCaller) -> None:
        self.call = call
        with suppress(WaitTimeoutError):
            await call.hears(timeout=6)
        for line in LINES:
            for _ in range(1 + _REPEATS):
                if call.over:
                    return
                if not await self._asks(line):
                    break
        await call.hangs_up()
        self.hung_up = call.left_at is not None

    async def _asks(self, line: str) -> bool:
        """Ask a question and wait for a response; True if the caller must repeat the question."""
        call = self.call
        loop = asyncio.get_running_loop()
        pcm = load(line)
        self.stt.now, self.stt.seconds = line, len(pcm) / RATE
        began = loop.time()
        if self.moment is not None:
            self.moment.speaks(1 + LINES.index(line))
        quiet = len(pcm) - 1 - voiced(pcm)[1]
        if self.button is not None:
            await call.calls(self.button[0])
        await call.says(line)
        ended = loop.time() - quiet / RATE
        if self.button is not None:
            await call.calls(self.button[1])
        before = len(self.call.earpiece.lines)
        while not call.over and loop.time() < ended + ANSWER_TIMEOUT:
            got = self._got(line, began)
            if got and self.call.earpiece.silent_since + _PAUSE <= loop.time():
                break
            await self._makes_a_sound(line, ended)
            await call.silent(_TICK)
        got = self._got(line, began)
        self.turns.append(Turn(line, ended, loop.time(), got))
        return bool(got) and got != "answer" and len(self.call.earpiece.lines) > before

    async def _makes_a_sound(self, line: str, ended: float) -> None:
        """In the circumstance "sound": make one sound without words in the turn of the second question.

        The caller makes the sound when the agent has been silent for a second.
        """
        seconds = self.moment.circumstance.sound if self.moment is not None else 0.0
        quiet_since = max(ended, self.call.earpiece.silent_since)
        now = asyncio.get_running_loop().time()
        if self.moment is None or not seconds or self.moment.begun or line != LINES[1] or now < quiet_since + _SOON:
            return
        self.moment.begin()
        self.stt.now = ""
        await self.call.makes("talker", seconds)
        await self.call.silent(_TICK)
        self.stt.now = line

    def _got(self, line: str, since: float) -> str:
        """Return "answer" if the complete answer was played. Otherwise return the agent's last line that is neither a
        filler nor a part of the answer; "" if there is none.
        """
        answer = _letters(ANSWERS[line])
        lines = [one.text for one in self.call.earpiece.lines if one.began >= since]
        if answer[-24:] in _letters(" ".join(lines)) and self._sound(since) >= _MIN_SHARE * len(ANSWERS[line]) * LETTER:
            return "answer"
        fillers = [_letters(filler) for filler in self.fillers]
        finished = [one.text for one in self.call.earpiece.lines if one.began >= since and one.ended is not None]
        other = [one for one in finished if _letters(one) not in fillers and _letters(one) not in answer]
        return other[-1].strip() if other else ""

    def _sound(self, since: float) -> float:
        """Return the seconds of the agent's audio; transcribed words without audio do not count."""
        return sum(ended - began for began, ended in self.call.earpiece.sound if began >= since)


@lru_cache(maxsize=1024)
def _letters(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())
