"""Calls that end as their metadata says, and the plan's hooks after these calls."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from livekit.agents import Agent, AgentSession, JobContext

from offhook import Call, FinishedCall, Limits, OngoingCall, Plan, Server, choose, load_settings, supervise
from offhook.core.facts import HangUpDone, MessageCommitted, SessionStarted
from offhook.models.offline.rules import RuleLLM, RuleSet
from offhook.worker.entry import Entry

GREETING = "Hello."
LAST_WORDS = "Thank you for calling the stage and have a very pleasant evening."
SILENT = RuleSet(rules=(), opening="", unknown="")
SESSION = {"session_close_transcript_timeout": 0.1}

server = Server(port=0)


def stumble(call: FinishedCall) -> None:
    """A hook that raises: its database does not answer."""
    raise ConnectionError("no database")


async def hang(call: FinishedCall) -> None:
    """A hook that hangs: its service never answers."""
    await asyncio.Event().wait()


def save(call: FinishedCall) -> None:
    """A sync hook that saves the number of messages."""
    _note(call.call.data["file"], {"sync": call.ended.reason, "said": len(call.session.history.messages())})


async def send(call: FinishedCall) -> None:
    """An async hook that sends the reason of the end."""
    await asyncio.sleep(0.1)
    _note(call.call.data["file"], {"async": call.ended.reason})


def _note(file: object, what: dict[str, object]) -> None:
    with Path(str(file)).open("a", encoding="utf-8") as notes:
        notes.write(json.dumps(what) + "\n")


HOOKS: dict[str, Callable[[FinishedCall], Any]] = {"stumble": stumble, "hang": hang, "save": save, "send": send}


def plan(call: Call) -> Plan:
    """Read the metadata: ends (the number of end requests at once), hooks, file (the output of handlers and hooks)."""
    wanted: Any = call.data
    seen: list[str] = []

    async def said(fact: MessageCommitted, ongoing: OngoingCall) -> None:
        await asyncio.sleep(0.3)
        seen.append(f"{fact.role}: {fact.text}")

    def closed(fact: HangUpDone, ongoing: OngoingCall) -> None:
        _note(wanted["file"], {"seen": [*seen, f"closed {fact.scope}"], "by": ongoing.call.caller.identity})

    def started(fact: SessionStarted, ongoing: OngoingCall) -> None:
        for number in range(wanted.get("ends", 1)):
            ongoing.end(LAST_WORDS, by=f"wish {number}", scope=wanted.get("scope"))

    watching = {MessageCommitted: said, HangUpDone: closed} if wanted.get("file") else {}
    return Plan(
        agent=Agent(instructions="You end calls."),
        greeting=GREETING,
        session={"llm": RuleLLM(SILENT), **SESSION},
        takeover=None,
        on={SessionStarted: started, **watching},
        after=[HOOKS[name] for name in wanted.get("hooks", ())],
    )


async def wait_forever(ctx: JobContext) -> None:
    """An entrypoint that waits for an event that never happens, as many do."""
    models = choose(load_settings())
    session: AgentSession[None] = AgentSession(
        vad=models.vad, stt=models.stt, llm=RuleLLM(SILENT), tts=models.tts, turn_detection="vad", **SESSION
    )
    limits = Limits(seconds=2, goodbye="Time is up.")  # after the greeting, also on a busy machine
    async with supervise(ctx, session, greeting=GREETING, limits=limits, after=[stumble, hang]):
        await session.start(Agent(instructions="Wait."), room=ctx.room, session_host=False)
        await asyncio.Event().wait()


async def leave_alone(ctx: JobContext) -> None:
    """An entrypoint that leaves the caller alone in the room."""
    models = choose(load_settings())
    session: AgentSession[None] = AgentSession(
        vad=models.vad, stt=models.stt, llm=RuleLLM(SILENT), tts=models.tts, turn_detection="vad", **SESSION
    )
    async with supervise(ctx, session, greeting=GREETING):
        await session.start(Agent(instructions="Leave."), room=ctx.room, session_host=False)
        await asyncio.sleep(2)
        await ctx.room.disconnect()


@server.rtc_session(agent_name="ending")
async def entrypoint(ctx: JobContext) -> None:
    """Answer one call."""
    if "forever" in ctx.job.metadata:
        await wait_forever(ctx)
    elif "leaves" in ctx.job.metadata:
        await leave_alone(ctx)
    else:
        await Entry(plan.__module__, "plan")(ctx)
