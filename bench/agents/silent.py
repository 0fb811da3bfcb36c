"""A silence ladder with livekit-agents alone. After the away timeout, the agent asks, sleeps, asks again, and so on."""

import asyncio
import json
import logging
import math
import time
from typing import Any

from livekit.agents import Agent, AgentServer, AgentSession, AgentStateChangedEvent, JobContext, UserStateChangedEvent

from bench.agents import NAMES, SILENT
from bench.clips import GREETING, PROMPT
from bench.models import session_options

log = logging.getLogger("bench")

server = AgentServer(port=0, load_threshold=math.inf)


class Recipe:
    """Asks `steps` times while the caller is away, and logs how many milliseconds late each question is."""

    def __init__(self, session: AgentSession[Any], room: str, *, steps: int, after: float) -> None:
        self._session, self._room, self._steps, self._after = session, room, steps, after
        self._since = 0.0
        self._asking: asyncio.Task[None] | None = None
        session.on("agent_state_changed", self._on_agent_state)
        session.on("user_state_changed", self._on_user_state)

    def _on_agent_state(self, event: AgentStateChangedEvent) -> None:
        if event.new_state == "listening":
            self._since = time.monotonic()

    def _on_user_state(self, event: UserStateChangedEvent) -> None:
        if event.new_state == "away" and self._asking is None:
            self._note()
            self._asking = asyncio.create_task(self._ask(), name="ask")
        elif event.new_state != "away" and self._asking is not None:
            self._asking.cancel()
            self._asking = None

    async def _ask(self) -> None:
        for left in reversed(range(self._steps)):
            await self._session.say(PROMPT)
            if left:
                await asyncio.sleep(self._after)
                self._note()

    def _note(self) -> None:
        late = (time.monotonic() - self._since - self._after) * 1000
        log.info("asked", extra={"asked_in": self._room, "late_ms": round(late, 3)})


@server.rtc_session(agent_name=NAMES[SILENT])
async def entrypoint(ctx: JobContext) -> None:
    """Answer one measured call; the metadata gives the number of questions and the seconds before each question."""
    options = json.loads(ctx.job.metadata)
    session: AgentSession[Any] = AgentSession(**session_options(), user_away_timeout=options["after"])
    Recipe(session, ctx.room.name, steps=options["steps"], after=options["after"])
    await session.start(Agent(instructions="You are measured."), room=ctx.room, record=False)
    await session.say(GREETING)
