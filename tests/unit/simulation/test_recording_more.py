"""Recorded calls: what is forgotten leaves the audio, a pause counts before the recording, and supervised sessions."""

from pathlib import Path
from typing import Any

import pytest
from livekit.agents import Agent, AgentServer, AgentSession, JobContext, RunContext, function_tool

from offhook import Call, Consent, Plan, Recording, call_of, serve, supervise
from offhook.models.offline.rules import Reply
from offhook.testing import Phone, ScriptedCaller, SimulatedCall, simulate

pytestmark = pytest.mark.slow

HIDDEN = "[not recorded]"
PLAN: dict[str, Any] = {}


@function_tool
async def forget(ctx: RunContext[Any]) -> str:
    """Forget what was said."""
    await call_of(ctx).forget()
    return "forgotten"


@function_tool
async def pause_twice(ctx: RunContext[Any]) -> str:
    """Pause, pause again, and resume once more than needed."""
    recording = call_of(ctx).recording
    return "; ".join(
        [recording.pause(by="x"), recording.pause(by="x"), recording.resume(by="x"), recording.resume(by="x")]
    )


def plan(call: Call) -> Plan:
    return Plan(agent=Agent(instructions="Desk.", tools=[forget, pause_twice]), greeting="Hello.", **PLAN)


server = serve(plan)
supervised = AgentServer()


@supervised.rtc_session()
async def entry(ctx: JobContext) -> None:
    session: AgentSession[Any] = AgentSession()
    await supervise(
        ctx, session, greeting="Hello.", recording=Recording(consent=Consent(text="Recorded.", kind="notice"))
    )
    await session.start(Agent(instructions="Desk."), room=ctx.room)


REPLIES = {
    "forget": Reply(tool="forget"),
    "twice": Reply(tool="pause_twice"),
    "tool:.*forgotten": "It is forgotten.",
    "tool:.*paused": "Done so.",
    "opening": "We are open all day.",
}


def played(folder: Path, agent: Any, *steps: Any) -> SimulatedCall:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("Hello.")
        for step in steps:
            await step(call)
        await call.hangs_up()

    return simulate(agent, caller, phone=Phone(), replies=REPLIES, environ={"OFFHOOK_RECORDINGS": str(folder)})


def bodies(call: SimulatedCall, name: str) -> list[Any]:
    return [record.body for record in call.records if record.name == name]


def test_forgotten_speech_is_not_in_the_recording(tmp_path: Path) -> None:
    PLAN["recording"] = Recording(consent=None)
    call = played(
        tmp_path,
        server,
        lambda call: call.says("opening hours"),
        lambda call: call.hears("We are open all day."),
        lambda call: call.says("forget it"),
        lambda call: call.hears("It is forgotten."),
        lambda call: call.says("opening hours"),
        lambda call: call.hears("We are open all day."),
    )
    (discarded,), (ended,) = call.at("RecordingDiscarded"), call.at("HangUpDone")
    (kept,) = bodies(call, "RecordingKept")
    assert discarded > 5.0
    assert kept["seconds"] < ended - discarded + 3.0


def test_a_notice_is_given_in_a_supervised_session(tmp_path: Path) -> None:
    call = played(tmp_path, supervised, lambda call: call.hears("Recorded."), lambda call: call.silent(2))
    assert bodies(call, "ConsentAnswered") == [{"answer": "yes", "how": "notice", "said": ""}]
    assert len(bodies(call, "RecordingKept")) == 1


def test_a_second_pause_and_a_pause_without_a_recording_say_what_they_do(tmp_path: Path) -> None:
    PLAN["recording"] = None
    call = played(tmp_path, server, lambda call: call.says("twice"), lambda call: call.hears("Done so."))
    (result,) = bodies(call, "ToolEnded")
    assert result["output"] == HIDDEN  # the tool ran in the pause
    assert len(bodies(call, "RecordingPaused")) == len(bodies(call, "RecordingResumed")) == 1
    assert list(tmp_path.iterdir()) == []
