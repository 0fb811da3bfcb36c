"""Quiet calls, one per scene; all scenes are played once, some at the same time."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from typing import Any

from tests.live.lost_callers import deaf, fades, freezes, muted, mutes, removed, thaws, vanishes
from tests.live.quiet_callers import (
    asked_in_babble,
    babble,
    babbles,
    bursts,
    noisy,
    orders,
)

__all__ = ["SCENES", "play"]

LANES = 4
"""Calls at the same time, beside the caller without a network, for whom the server waits."""
NO_LANE = ("vanishes",)


async def play(stage: Any) -> Mapping[str, str | Exception]:
    """Play all scenes, some at the same time; returns the room of each scene, or its error."""
    began = time.monotonic()
    babble()
    lanes = asyncio.Semaphore(LANES)
    rooms: dict[str, str | Exception] = {}

    async def one(name: str) -> None:
        async with nullcontext() if name in NO_LANE else lanes:
            room = f"silence-{name}-{time.time_ns():x}"
            try:
                await SCENES[name](stage, room)
                await stage.over(room)
                rooms[name] = room
            except Exception as error:  # noqa: BLE001  # only the tests of this scene get the error
                rooms[name] = error
        print(f"{time.monotonic() - began:6.1f} {name}", file=sys.__stderr__, flush=True)

    await asyncio.gather(*(one(name) for name in SCENES))
    return rooms


SCENES: Mapping[str, Callable[[Any, str], Awaitable[None]]] = {
    "noisy": noisy,
    "vanishes": vanishes,
    "babbles": babbles,
    "bursts": bursts,
    "asked": asked_in_babble,
    "orders": orders,
    "deaf": deaf,
    "fades": fades,
    "freezes": freezes,
    "thaws": thaws,
    "mutes": mutes,
    "muted": muted,
    "removed": removed,
}
