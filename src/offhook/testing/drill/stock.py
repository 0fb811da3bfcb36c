"""The same agent as LiveKit alone would run it: its plan's agent, session and greeting, and nobody who watches."""

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from unittest import mock

from livekit.agents import AgentSession, JobContext, stt, vad

from offhook.core.call import Call, Caller
from offhook.line import supervise
from offhook.models import build
from offhook.models.build import choose
from offhook.models.ears import ATTEMPT
from offhook.session.build import build_session
from offhook.settings import load_settings
from offhook.worker.entry import Entry
from offhook.worker.plans import ask_for_plan, find

__all__ = ["alone"]


@contextmanager
def alone() -> Iterator[None]:
    """Take offhook out of the calls that are played meanwhile: of `serve(plan)` only the plan's session is left."""
    namespace = vars(sys.modules["offhook"])
    with (
        mock.patch.object(Entry, "__call__", _enter),
        mock.patch.object(supervise, "supervise", _unsupervised),
        mock.patch.object(build, "Ears", _ears),
        mock.patch.dict(namespace),  # it keeps what it was asked for, also the `supervise` of before
    ):
        namespace.pop("supervise", None)
        yield


def _ears(made: list[stt.STT[Any]], *, vad: vad.VAD) -> stt.FallbackAdapter:
    """LiveKit's own adapter, with the same patience."""
    return stt.FallbackAdapter(made, vad=vad, attempt_timeout=ATTEMPT)


async def _enter(self: Entry, ctx: JobContext) -> None:
    await ctx.connect()
    caller = await ctx.wait_for_participant()
    call = Call(ctx.job.id, ctx.room.name, Caller(caller.identity, name=caller.name))
    plan = await ask_for_plan(find(self.module, self.name), call, timeout=10)
    session = build_session(plan, lambda: choose(load_settings()))
    await session.start(plan.agent, room=ctx.room, session_host=False)
    if plan.greeting:
        session.say(plan.greeting)


@asynccontextmanager
async def _unsupervised(ctx: JobContext, session: AgentSession[Any], **_: Any) -> AsyncIterator[None]:  # noqa: ARG001  # as supervise
    """In place of `supervise`: only what LiveKit wants anyway."""
    await ctx.connect()
    yield None
