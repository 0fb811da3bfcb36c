"""Runs the same agent with LiveKit alone: the plan's agent, session and greeting, without supervision."""

import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from livekit.agents import JobContext, stt, vad

from offhook.call import supervise
from offhook.core.call import Call, Caller
from offhook.core.routes.table import Routes
from offhook.models import build
from offhook.models.build import choose
from offhook.models.stt_fallback import ATTEMPT
from offhook.session.build import build_session
from offhook.session.plan import Plan
from offhook.settings import load_settings
from offhook.worker.entry import Entry
from offhook.worker.plan_loader import call_plan, load, load_plan

__all__ = ["without_offhook"]


@contextmanager
def without_offhook() -> Iterator[None]:
    """Disable offhook for all calls inside the block: `serve(plan)` only starts the plan's session."""
    namespace = vars(sys.modules["offhook"])
    with (
        mock.patch.object(Entry, "__call__", _enter),
        mock.patch.object(supervise, "supervise", _Unsupervised),
        mock.patch.object(build, "SttFallback", _fallback),
        mock.patch.dict(namespace),  # restores the names that the package has cached, such as `supervise`
    ):
        namespace.pop("supervise", None)
        yield


def _fallback(models: list[stt.STT[Any]], *, vad: vad.VAD) -> stt.FallbackAdapter:
    """Return LiveKit's own fallback adapter, with the timeout of offhook's fallback adapter."""
    return stt.FallbackAdapter(models, vad=vad, attempt_timeout=ATTEMPT)


async def _enter(self: Entry, ctx: JobContext) -> None:
    await ctx.connect()
    caller = await ctx.wait_for_participant()
    call = Call(ctx.job.id, ctx.room.name, Caller(caller.identity, name=caller.name))
    found = load(self.module, self.name)
    chosen: Any = found.match(call).plan if isinstance(found, Routes) else found
    chosen = load_plan(chosen) if isinstance(chosen, str) else chosen
    plan = await call_plan(chosen, call, timeout=10) if callable(chosen) else chosen
    if not isinstance(plan, Plan):
        await ctx.delete_room()
        return
    session = build_session(plan, lambda: choose(load_settings()), endpointing="plain")
    await session.start(plan.agent, room=ctx.room, session_host=False)
    if plan.greeting:
        session.say(plan.greeting)


class _Unsupervised:
    """Replaces `supervise`: only connects to the room, as LiveKit requires."""

    def __init__(self, ctx: JobContext, *_: Any, **__: Any) -> None:
        self._ctx = ctx

    def __await__(self) -> Generator[Any, None, None]:
        return self._ctx.connect().__await__()

    async def __aenter__(self) -> None:
        await self

    async def __aexit__(self, *_: object) -> None:
        """Do nothing, because with LiveKit alone the entrypoint returns while the call goes on."""
