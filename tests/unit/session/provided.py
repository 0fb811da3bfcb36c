"""A supervised session with OpenAI's own plugins on the provider sandbox, in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from livekit.agents import Agent, AgentSession, APIConnectOptions, function_tool, utils
from livekit.plugins import openai

from offhook.call.attach import attach
from offhook.core.call import Call, Caller
from offhook.core.facts import CallerFound, Ended, Planned
from offhook.engine.supervisor import Supervisor
from offhook.engine.voice_health import VoiceHealth
from offhook.session.ongoing import OngoingCall
from offhook.testing import virtual
from offhook.testing.sandbox import Answer, Asked, Event, Line, Sandbox
from offhook.testing.sandbox.hook import Hook

__all__ = [
    "CHAT",
    "EVERY",
    "HELLO",
    "PROMPT",
    "QUICK",
    "REALTIME",
    "Desk",
    "Holding",
    "Kitchen",
    "desk",
    "failures",
    "looking",
    "play",
    "system",
]

PROMPT = "You are the front desk."
HELLO = [("user", "hello"), ("assistant", "Answer to hello")]
QUICK = APIConnectOptions(max_retry=1, timeout=5, retry_interval=0.1)

Make = Callable[[str], Any]


def _chat(url: str) -> Any:
    return openai.LLM(model="gpt-4.1", api_key="any", base_url=f"{url}/v1")


def _responses(url: str) -> Any:
    return openai.responses.LLM(model="gpt-4.1", api_key="any", base_url=f"{url}/v1/responses")


def realtime(url: str, **more: Any) -> Any:
    known = {"model": "gpt-realtime", "api_key": "any", "base_url": f"{url}/v1", "modalities": ["text"]}
    return openai.realtime.RealtimeModel(**(known | more))


CHAT = {"chat": _chat, "responses": _responses}
REALTIME = realtime
EVERY = {**CHAT, "realtime": REALTIME}


class Kitchen(Agent):
    """Agent that speaks when it takes over."""

    def __init__(self) -> None:
        super().__init__(instructions="You are the kitchen.")

    async def on_enter(self) -> None:
        self.session.generate_reply(user_input="begin")


def desk(*tools: Any) -> Agent:
    return Agent(instructions=PROMPT, tools=list(tools))


def looking(work: Callable[[], Awaitable[object]]) -> Any:
    @function_tool
    async def look() -> str:
        """Look something up."""
        await work()
        return "Nothing there."

    return look


def answers(asked: Asked) -> Answer | str:
    """Call the tool `look` if it is available and the caller says "look"; else answer the last message."""
    last = asked.lines[-1]
    if last.role == "user" and "look" in last.text and "look" in asked.tools:
        return Answer(tool="look")
    return "I have looked." if last.role == "result" else f"Answer to {last.text}"


def system(text: str) -> tuple[str, str]:
    return "system", text


def failures(edge: Any) -> list[dict[str, Any]]:
    """The `ActionFailed` records of the journal."""
    return [dict(record.body) for record in edge.records if record.name == "ActionFailed"]


def told(lines: Sequence[Line]) -> list[tuple[str, str]]:
    """The items of an LLM request, as (role, text)."""
    return [(line.role, line.tool if line.role == "call" else line.text) for line in lines]


def once(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines without repeats: the Responses plugin sends the previous response again."""
    twice = [line.role in ("assistant", "call") and line == before for before, line in pairwise(lines)]
    return tuple(line for line, again in zip(lines, [False, *twice], strict=True) if not again)


class Holding(Hook):
    """LLM that holds the second piece of an answer until released."""

    PIECES = ("chunk", "response.output_text.delta")

    def __init__(self) -> None:
        self.held, self.go = asyncio.Event(), asyncio.Event()
        self._pieces = 0

    async def before_event(self, event: Event) -> str | bytes | None:
        if event.kind in self.PIECES:
            self._pieces += 1
            if self._pieces == 3:
                self.held.set()
                await self.go.wait()
        return event.payload


@dataclass
class Desk:
    """The call, its sandbox, and the items of each LLM request."""

    session: AgentSession[Any]
    call: OngoingCall
    sandbox: Sandbox
    supervisor: Supervisor
    ended: asyncio.Task[Ended]
    asked: list[Asked] = field(default_factory=list)
    again: asyncio.Event = field(default_factory=asyncio.Event)

    async def says(self, words: str) -> None:
        async with asyncio.timeout(30):
            await self.session.run(user_input=words)

    async def asks(self, count: int) -> None:
        """Wait until the LLM has received this number of requests."""
        async with asyncio.timeout(30):
            while len(self.asked) < count:
                self.again.clear()
                await self.again.wait()

    @property
    def shown(self) -> list[tuple[str, str]]:
        """The items of the last LLM request."""
        return told(self.asked[-1].lines)

    def whole(self) -> bool:
        """Check that every tool result follows its call directly, and every call has a result."""
        for asked in self.asked:
            roles = [(line.role, line.tool) for line in asked.lines]
            calls = [place for place, (role, _) in enumerate(roles) if role == "call"]
            results = [place for place, (role, _) in enumerate(roles) if role == "result"]
            if [place + 1 for place in calls] != results or any(roles[at][1] != roles[at - 1][1] for at in results):
                return False
        return True

    def sent(self, kind: str) -> list[dict[str, Any]]:
        """The messages of this kind on the LLM's WebSocket."""
        return [dict(one.body) for one in self.sandbox.requests if one.body.get("type") == kind]


def play(
    scene: Callable[[Desk], Awaitable[None]],
    agent: Agent,
    *,
    edge: Any,
    make: Make,
    hook: Callable[[], Hook] = Hook,
    brain: Callable[[Asked], Answer | str] = answers,
    planned: Planned = Planned(),  # noqa: B008  # frozen
) -> None:
    """Run a scene on a started call, then close the session; closing must not hang."""

    async def main() -> None:
        asked: list[Asked] = []
        again = asyncio.Event()

        def keep(now: Asked) -> Answer | str:
            asked.append(replace(now, lines=once(now.lines)))
            again.set()
            return brain(now)

        async with Sandbox(llm=keep) as sandbox, utils.http_context.open():
            sandbox.openai.hook = hook()
            supervisor = Supervisor("call-1", line=edge, voice=edge, recorder=edge)
            session: AgentSession[Any] = AgentSession(llm=make(sandbox.url))
            voice_health = VoiceHealth()
            supervisor.sinks.append(voice_health)
            supervisor.post(CallerFound("anna", phone=False, active=True))
            who = Call("call-1", "room", Caller("anna"))
            call = attach(supervisor, session, planned, fallback=edge, voice_health=voice_health, call_info=lambda: who)
            ended = asyncio.create_task(supervisor.run())
            await session.start(agent)
            try:
                await scene(Desk(session, call, sandbox, supervisor, ended, asked, again))
            finally:
                ended.cancel()
                await asyncio.gather(ended, return_exceptions=True)
                async with asyncio.timeout(10):
                    await asyncio.gather(session.aclose(), return_exceptions=True)

    virtual.run(main(), grace=0.0)
