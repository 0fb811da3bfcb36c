"""A supervised session with OpenAI's own plugins on the provider sandbox, in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from livekit.agents import Agent, AgentSession, APIConnectOptions, function_tool, utils
from livekit.plugins import openai

from offhook.core.call import Call, Caller
from offhook.core.facts import CallerFound, Ended, Planned
from offhook.session.act import SessionHands
from offhook.session.listen import listen
from offhook.session.ongoing import OngoingCall
from offhook.session.speak import SessionVoice
from offhook.session.supervisor import Supervisor
from offhook.session.throat import Throat
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
    """Speaks as soon as it takes over."""

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
    """Look when told to and able to; else answer what was said last."""
    last = asked.lines[-1]
    if last.role == "user" and "look" in last.text and "look" in asked.tools:
        return Answer(tool="look")
    return "I have looked." if last.role == "result" else f"Answer to {last.text}"


def system(text: str) -> tuple[str, str]:
    return "system", text


def failures(edge: Any) -> list[dict[str, Any]]:
    """What the journal has of changes that could not be made."""
    return [dict(record.body) for record in edge.records if record.name == "Failed"]


def told(lines: Sequence[Line]) -> list[tuple[str, str]]:
    """What a model was shown, as (role, text)."""
    return [(line.role, line.tool if line.role == "call" else line.text) for line in lines]


def once(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Without what stands there twice: the Responses plugin sends again what the response before it was."""
    twice = [line.role in ("assistant", "call") and line == before for before, line in pairwise(lines)]
    return tuple(line for line, again in zip(lines, [False, *twice], strict=True) if not again)


class Holding(Hook):
    """Holds the second piece of an answer until it is let go."""

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
    """The call, the sandbox it talks to, and what its model was shown each time it was asked."""

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
        """Wait until the model was asked so many times in all."""
        async with asyncio.timeout(30):
            while len(self.asked) < count:
                self.again.clear()
                await self.again.wait()

    @property
    def shown(self) -> list[tuple[str, str]]:
        """What the model was shown last."""
        return told(self.asked[-1].lines)

    def whole(self) -> bool:
        """No tool result was ever shown without its call right before it, and no call without its result."""
        for asked in self.asked:
            roles = [(line.role, line.tool) for line in asked.lines]
            calls = [place for place, (role, _) in enumerate(roles) if role == "call"]
            results = [place for place, (role, _) in enumerate(roles) if role == "result"]
            if [place + 1 for place in calls] != results or any(roles[at][1] != roles[at - 1][1] for at in results):
                return False
        return True

    def sent(self, kind: str) -> list[dict[str, Any]]:
        """The messages of this kind on the model's websocket."""
        return [dict(one.body) for one in self.sandbox.requests if one.body.get("type") == kind]


def play(
    scene: Callable[[Desk], Awaitable[None]],
    agent: Agent,
    *,
    edge: Any,
    make: Make,
    hook: Callable[[], Hook] = Hook,
    brain: Callable[[Asked], Answer | str] = answers,
) -> None:
    """Play a scene with a call that has begun; afterwards the session is closed, and that does not hang."""

    async def main() -> None:
        asked: list[Asked] = []
        again = asyncio.Event()

        def keep(now: Asked) -> Answer | str:
            asked.append(replace(now, lines=once(now.lines)))
            again.set()
            return brain(now)

        async with Sandbox(brain=keep) as sandbox, utils.http_context.open():
            sandbox.openai.hook = hook()
            supervisor = Supervisor("call-1", line=edge, voice=edge, recorder=edge)
            session: AgentSession[Any] = AgentSession(llm=make(sandbox.url))
            listen(session, supervisor.post, supervisor.now)
            supervisor.voice = SessionVoice(session, fallback=edge, throat=Throat())
            supervisor.post(CallerFound("anna", phone=False, active=True))
            supervisor.post(Planned())
            who = Call("call-1", "room", Caller("anna"))
            call = OngoingCall(session, supervisor.post, lambda: who)
            supervisor.hands = SessionHands(call)
            supervisor.observers.append(call.notice)
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
