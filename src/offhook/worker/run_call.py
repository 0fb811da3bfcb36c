"""Runs one call in its job process: joins the room, gets the plan, starts the session and waits for the end."""

import asyncio

from livekit.agents import JobContext

from offhook.call.dialling import check_dial, detect_voicemail, hold_for_detection, reach
from offhook.call.lifecycle import open_call
from offhook.call.outbound_call import asks_to_dial
from offhook.call.runtime import CallRuntime
from offhook.models.build import choose
from offhook.session.build import build_session, room_options
from offhook.session.outbound.early_output import EarlyOutput
from offhook.session.plan import Plan
from offhook.session.resume import resume
from offhook.worker.answer import Planning

__all__ = ["run_call"]

_START = 20.0
"""If the session has not started after this many seconds, the caller hears an apology. `Agent.on_enter` may take
longer, because `session.start` does not wait for it."""


async def run_call(ctx: JobContext, planning: Planning, *, outbound: bool) -> None:
    """Run one call, from the moment when the agent joins the room until the call has ended."""
    # `open_call` joins the room and starts the journal. At the end of the block, it waits until the call has ended.
    async with open_call(ctx, outbound=outbound or asks_to_dial(ctx.job)) as runtime:
        output = EarlyOutput(ctx.room)
        # While the phone rings, a published track would answer the call.
        if runtime.arrival.answered and not ctx.is_fake_job():
            output.publish()
        try:
            plan = await planning.answer(runtime)
            if plan is not None:
                await _start(plan, runtime)
        finally:
            await output.drop()


async def _start(plan: Plan, runtime: CallRuntime) -> None:
    check_dial(plan.dial, outbound=runtime.outbound or runtime.ctx.is_fake_job())
    session = build_session(plan, lambda: choose(runtime.settings), endpointing=runtime.settings.endpointing)
    planned = await resume(plan, runtime.arrival.resumes)
    ongoing = runtime.attach(session, planned, on=plan.on, after=plan.after)
    ongoing.hear(plan.people)
    if plan.work_ahead is not None:
        ongoing.taps.early.use(plan.work_ahead)
    if not await reach(runtime, plan.dial):
        return
    call, voicemail = runtime.arrival.call_info(), plan.dial.voicemail if plan.dial is not None else None
    if voicemail is not None:
        hold_for_detection(runtime, on=True)
    async with asyncio.timeout(_START):
        await session.start(
            plan.agent,
            room=runtime.ctx.room,
            room_options=room_options(plan, call.caller.identity),
            record=plan.record,
            session_host=plan.session_host,
        )
    if voicemail is not None:
        await detect_voicemail(runtime, session, voicemail, greets=plan.greeting is not None)
    if plan.background is not None:
        await plan.background.start(room=runtime.ctx.room, agent_session=session)
