"""The caller of a drill: asks three things, repeats when asked to, and does not wait for ever."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache

from offhook.testing.drill.ears import ToldEars
from offhook.testing.drill.hum import LETTER
from offhook.testing.drill.lines import ANSWERS, LINES
from offhook.testing.simulation.caller import ScriptedCaller
from offhook.testing.speech import RATE, load, voiced
from offhook.testing.waiting import WaitedInVainError

__all__ = ["Person", "Turn"]

PATIENCE = 20.0
"""Seconds that the caller waits for an answer."""
_BREATH = 0.7
_TICK = 0.1
_REPEATS = 2
_MOST = 0.75


@dataclass(frozen=True, slots=True)
class Turn:
    """What the caller said and how long it took until they had something to go on with; seconds of the loop's clock.

    `got` is what they were told; "" when it was nothing.
    """

    line: str
    ended: float
    until: float
    got: str


@dataclass(slots=True)
class Person:
    """Keeps what was asked and what came back."""

    ears: ToldEars
    fillers: tuple[str, ...]
    turns: list[Turn] = field(default_factory=list)
    call: ScriptedCaller = field(init=False)
    hung_up: bool = False

    async def __call__(self, call: ScriptedCaller) -> None:
        self.call = call
        with suppress(WaitedInVainError):
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
        """Whether the line is to be said again."""
        call = self.call
        loop = asyncio.get_running_loop()
        pcm = load(line)
        self.ears.now, self.ears.seconds = line, len(pcm) / RATE
        began = loop.time()
        quiet = len(pcm) - 1 - voiced(pcm)[1]
        await call.says(line)
        ended = loop.time() - quiet / RATE
        before = len(self.call.earpiece.lines)
        while not call.over and loop.time() < ended + PATIENCE:
            got = self._got(line, began)
            if got and self.call.earpiece.silent_since + _BREATH <= loop.time():
                break
            await call.silent(_TICK)
        got = self._got(line, began)
        self.turns.append(Turn(line, ended, loop.time(), got))
        return bool(got) and got != "answer" and len(self.call.earpiece.lines) > before

    def _got(self, line: str, since: float) -> str:
        """What they were told: "answer" for the whole answer, else words that are no filler; "" for nothing."""
        answer = _squeezed(ANSWERS[line])
        lines = [one.text for one in self.call.earpiece.lines if one.began >= since]
        if answer[-24:] in _squeezed(" ".join(lines)) and self._sound(since) >= _MOST * len(ANSWERS[line]) * LETTER:
            return "answer"
        fillers = [_squeezed(filler) for filler in self.fillers]
        told = [one.text for one in self.call.earpiece.lines if one.began >= since and one.ended is not None]
        other = [one for one in told if _squeezed(one) not in fillers and _squeezed(one) not in answer]
        return other[-1].strip() if other else ""

    def _sound(self, since: float) -> float:
        """Seconds of the agent's voice: words that are only written were not heard."""
        return sum(ended - began for began, ended in self.call.earpiece.sound if began >= since)


@lru_cache(maxsize=1024)
def _squeezed(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())
