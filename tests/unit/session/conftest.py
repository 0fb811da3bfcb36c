"""A supervised call with recording ports, on an event loop in virtual time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from livekit.agents import Agent, AgentSession, llm

from offhook.call.attach import attach
from offhook.core.call import Call, Caller
from offhook.core.decisions import Ask, HangUp, MarkAway, Say
from offhook.core.facts import CallerFound, Ended, HangUpDone, Planned
from offhook.core.record import Record
from offhook.engine.supervisor import Supervisor
from offhook.engine.voice_health import VoiceHealth
from offhook.models.offline.front_desk import FRONT_DESK
from offhook.models.offline.rules import Rule, RuleLLM
from offhook.session.ongoing import OngoingCall
from offhook.testing.virtual import VirtualLoop


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> dict[str, type[VirtualLoop]]:
    return {"virtual": VirtualLoop}


@dataclass
class Edge:
    """Hang-up port, voice and recorder of a call. They record every request and return preset results."""

    line_takes: float = 0.0
    line_error: Exception | None = None
    says: Callable[[Say | Ask], bool] = lambda _: False
    speech_takes: float = 1.0
    safe_takes: float = 0.0
    safe_at: list[float] = field(default_factory=list)
    done: list[tuple[float, object]] = field(default_factory=list)
    cancelled: list[object] = field(default_factory=list)
    muted: bool = False
    muted_at: float | None = None
    prepared: list[str] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    redact_takes: float = 0.0
    redacted: list[int] = field(default_factory=list)

    def _do(self, what: object) -> None:
        self.done.append((round(asyncio.get_running_loop().time() - 1000.0, 3), what))

    async def say(self, decision: Say) -> bool:
        self._do(decision)
        try:
            await asyncio.sleep(self.speech_takes)
        except asyncio.CancelledError:
            self.cancelled.append(decision)
            raise
        return self.says(decision)

    async def ask(self, decision: Ask) -> bool:
        self._do(decision)
        await asyncio.sleep(self.speech_takes)
        return self.says(decision)

    def mark_away(self, decision: MarkAway) -> None:
        self._do(decision)

    def mute(self) -> None:
        if not self.muted:
            self.muted, self.muted_at = True, round(asyncio.get_running_loop().time() - 1000.0, 3)

    def prepare(self, text: str) -> None:
        self.prepared.append(text)

    async def hang_up(self, decision: HangUp) -> HangUpDone:
        self._do(decision)
        await asyncio.sleep(self.line_takes)
        if self.line_error is not None:
            raise self.line_error
        return HangUpDone(decision.scope)

    def append(self, record: Record) -> None:
        self.records.append(record)

    async def flushed(self) -> bool:
        await asyncio.sleep(self.safe_takes)
        self.safe_at.append(round(asyncio.get_running_loop().time() - 1000.0, 3))
        return True

    async def redact(self, call: str, before: int) -> bool:
        await asyncio.sleep(self.redact_takes)
        self.redacted.append(before)
        return True

    def names(self) -> list[str]:
        return [record.name for record in self.records]

    def find(self, name: str) -> Record:
        """The only record of this name."""
        (record,) = [record for record in self.records if record.name == name]
        return record


@pytest.fixture
def edge() -> Edge:
    return Edge()


@pytest.fixture
async def supervisor(edge: Edge) -> Supervisor:
    return Supervisor("call-1", line=edge, voice=edge, recorder=edge)


class Desk(RuleLLM):
    """The offline LLM. Records every request as (role or kind of item, text) pairs."""

    def __init__(self, *first: Rule) -> None:
        super().__init__(replace(FRONT_DESK, rules=(*first, *FRONT_DESK.rules)))
        self.requests: list[list[tuple[str, str]]] = []

    def chat(self, *, chat_ctx: llm.ChatContext, **rest: Any) -> llm.LLMStream:
        self.requests.append([_shown(item) for item in chat_ctx.items if item.type != "agent_config_update"])
        return super().chat(chat_ctx=chat_ctx, **rest)


def _shown(item: llm.ChatItem) -> tuple[str, str]:
    match item.type:
        case "message":
            return item.role, item.text_content or ""
        case "function_call":
            return "call", item.name
        case "function_call_output":
            return "failed" if item.is_error else "output", item.output
    return item.type, ""


@dataclass
class Phone:
    """A real session, text only, under a real supervisor."""

    session: AgentSession[Any]
    desk: Desk
    call: OngoingCall
    ended: asyncio.Task[Ended]

    async def says(self, words: str) -> list[str]:
        """Send the caller's text and return the agent's answer."""
        result = await self.session.run(user_input=words)
        said = (event.item for event in result.events if event.type == "message")
        return [item.text_content or "" for item in said if item.role == "assistant"]


@pytest.fixture
async def pick_up(supervisor: Supervisor, edge: Edge) -> AsyncIterator[Callable[..., Awaitable[Phone]]]:
    """Start a supervised session with this agent, these extra rules for the LLM, and this plan."""
    phones: list[Phone] = []

    async def started(agent: Agent, *rules: Rule, **plan: Any) -> Phone:
        desk = Desk(*rules)
        session: AgentSession[Any] = AgentSession(llm=desk)
        voice_health = VoiceHealth()
        supervisor.sinks.append(voice_health)
        supervisor.post(CallerFound("anna", phone=False, active=True))
        call = attach(
            supervisor,
            session,
            Planned(**plan),
            fallback=edge,
            voice_health=voice_health,
            call_info=lambda: Call("call-1", "room", Caller("anna")),
        )
        phones.append(Phone(session, desk, call, asyncio.create_task(supervisor.run())))
        await session.start(agent)
        return phones[-1]

    yield started
    for phone in phones:
        await phone.session.aclose()
        phone.ended.cancel()
        await asyncio.gather(phone.ended, return_exceptions=True)
