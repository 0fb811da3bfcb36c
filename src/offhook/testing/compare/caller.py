"""The caller of a compared call: does what the spec says, at times that do not depend on the agent's reactions."""

import asyncio
import time
from collections.abc import Callable, Sequence

from offhook.testing.compare.follower import followed
from offhook.testing.compare.model import said_at
from offhook.testing.compare.spec import CallSpec
from offhook.testing.simulation.caller import ScriptedCaller

__all__ = ["PUSH_TO_TALK", "SpecCaller"]

PUSH_TO_TALK = "ptt"
"""The topic of the push-to-talk button's data messages ("press", "release", "clear")."""
_FIRST = 4.0
"""Seconds that the caller waits before the first turn, so that the agent can greet."""
_STAYS = 12.0
"""Seconds that the caller stays in the call after the last turn."""


class SpecCaller:
    """Does what each turn of the spec says, at times that do not depend on the agent's reactions."""

    def __init__(self, spec: CallSpec, on_sound: Callable[[str], None] | None = None, *, follow: bool = False) -> None:
        """`on_sound` is called right before each sound of the caller, with the spoken words, or with "" for a noise.

        With `follow`, a follower (`followed`) reads the journal records of the call until the caller hangs up.
        """
        self.spec = spec
        self._follow = follow
        self.followed: Sequence[int] = ()
        self._on_sound = on_sound or (lambda _: None)
        self.call: ScriptedCaller
        self.wall = 0.0
        self.typed: list[tuple[float, str]] = []
        """Typed messages with their times, in seconds since the caller joined."""

    async def __call__(self, call: ScriptedCaller) -> None:
        self.call, self.wall = call, time.time() - asyncio.get_running_loop().time()
        if not self._follow:
            return await self._act(call)
        async with followed(call) as self.followed:
            return await self._act(call)

    async def _act(self, call: ScriptedCaller) -> None:
        await call.silent(_FIRST)
        for index, turn in enumerate(self.spec.turns):
            await call.silent(turn.after)
            if call.over:
                return
            match turn.does:
                case "says" | "backchannel":
                    await self._says(said_at(index, turn))
                case "types":
                    self.typed.append((call.now, said_at(index, turn)))
                    await call.types(said_at(index, turn))
                case "clears":
                    call.sends("clear", topic=PUSH_TO_TALK)
                case noise:
                    self._on_sound("")
                    await call.makes(noise, 0.4 if noise == "cough" else 1.2)
        await call.silent(_STAYS)

    async def _says(self, words: str) -> None:
        pressed = self.spec.detection == "manual"
        if pressed:
            self.call.sends("press", topic=PUSH_TO_TALK)
        self._on_sound(words)
        await self.call.says(words)
        if pressed:
            await self.call.silent(0.2)
            if not self.call.over:
                self.call.sends("release", topic=PUSH_TO_TALK)
