"""What LiveKit runs for each call: the life of one call on one screen."""

import asyncio
import logging
from dataclasses import dataclass

from livekit.agents import JobContext

from offhook.core.facts import PlanFailed
from offhook.line.pickup import Pickup, picked_up
from offhook.models.build import choose
from offhook.session.build import build_session, room_options
from offhook.session.plan import Plan
from offhook.worker.plans import ask_for_plan, find

__all__ = ["Entry"]

log = logging.getLogger("offhook")

_START = 20.0
"""Seconds that a session may take to start; `Agent.on_enter` is not waited for. Too late, the caller hears so."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Runs the plan function of that name. The name, not the function: a job finds it in the file as it is now."""

    module: str
    name: str

    async def __call__(self, ctx: JobContext) -> None:
        async with picked_up(ctx) as pickup:  # in the room, reachable, journalled; leaving waits for the end
            plan = await self._plan(pickup)
            if plan is not None:
                await self._start(plan, pickup)

    async def _plan(self, pickup: Pickup) -> Plan | None:
        """None: there is no plan; the caller hears so and the call ends."""
        try:
            call = await pickup.caller_there()
            return await ask_for_plan(find(self.module, self.name), call, timeout=pickup.settings.plan_timeout)
        except Exception as error:  # user code may raise anything; the caller must not sit in silence for it
            if not pickup.supervising.done():
                log.exception("no plan for this call", extra={"plan": self.name})
                pickup.supervisor.post(PlanFailed(f"{type(error).__name__}: {error}"[:500]))
            return None

    async def _start(self, plan: Plan, pickup: Pickup) -> None:
        call = pickup.known()
        session = build_session(plan, lambda: choose(pickup.settings))
        pickup.attach(session, plan.planned, on=plan.on, after=plan.after)
        async with asyncio.timeout(_START):
            await session.start(
                plan.agent,
                room=pickup.ctx.room,
                room_options=room_options(plan, call.caller.identity),
                record=plan.record,
                session_host=plan.session_host,
            )
        if plan.background is not None:
            await plan.background.start(room=pickup.ctx.room, agent_session=session)
