"""The entrypoint that LiveKit runs in a job process for each call."""

import asyncio
from dataclasses import dataclass

from livekit.agents import JobContext

from offhook.call.lifecycle import open_call
from offhook.call.runtime import CallRuntime
from offhook.models.build import choose
from offhook.session.build import build_session, room_options
from offhook.session.plan import Plan
from offhook.worker.answer import OnPlanError, PlanName, Planning

__all__ = ["Entry"]

_START = 20.0
"""If the session has not started after this many seconds, the caller hears an apology. `Agent.on_enter` may take
longer, because `session.start` does not wait for it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Runs the plan function of this name. With names only, each job imports the current version of the file."""

    module: str
    name: str
    fallback: PlanName | None = None
    on_plan_error: OnPlanError = "apologise"

    async def __call__(self, ctx: JobContext) -> None:
        async with open_call(ctx) as runtime:  # connects and starts the journal; leaving the block waits for the end
            plan = await Planning((self.module, self.name), self.fallback, self.on_plan_error).answer(runtime)
            if plan is not None:
                await self._start(plan, runtime)

    async def _start(self, plan: Plan, runtime: CallRuntime) -> None:
        call = runtime.call_info()
        session = build_session(plan, lambda: choose(runtime.settings))
        runtime.attach(session, plan.planned, on=plan.on, after=plan.after).hear(plan.people)
        async with asyncio.timeout(_START):
            await session.start(
                plan.agent,
                room=runtime.ctx.room,
                room_options=room_options(plan, call.caller.identity),
                record=plan.record,
                session_host=plan.session_host,
            )
        if plan.background is not None:
            await plan.background.start(room=runtime.ctx.room, agent_session=session)
