"""A supervised call whose outermost edges are on record, on a loop whose time is a number."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from livekit.agents import Agent, AgentSession, llm

from offhook.core.call import Call, Caller
from offhook.core.facts import CallerFound, Ended, LineClosed, Planned
from offhook.core.record import Record
from offhook.core.wishes import Ask, HangUp, MarkAway, Say
from offhook.models.offline.front_desk import FRONT_DESK
from offhook.models.offline.rules import Rule, RuleLLM
from offhook.session.act import SessionHands
from offhook.session.listen import listen
from offhook.session.ongoing import OngoingCall
from offhook.session.speak import SessionVoice
from offhook.session.supervisor import Supervisor
from offhook.session.throat import Throat
from offhook.testing.virtual import VirtualLoop


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> dict[str, type[VirtualLoop]]:
    return {"virtual": VirtualLoop}


@dataclass
class Edge:
    """Line, voice and recorder of a call: they keep what they were asked for and do as they are told."""

    line_takes: float = 0.0
    line_error: Exception | None = None
    says: Callable[[Say | Ask], bool] = lambda _: False
    speech_takes: float = 1.0
    safe_takes: float = 0.0
    safe_at: list[float] = field(default_factory=list)
    done: list[tuple[float, object]] = field(default_factory=list)
    cancelled: list[object] = field(default_factory=list)
    prepared: list[str] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)

    def _do(self, what: object) -> None:
        self.done.append((round(asyncio.get_running_loop().time() - 1000.0, 3), what))

    async def say(self, wish: Say) -> bool:
        self._do(wish)
        try:
            await asyncio.sleep(self.speech_takes)
        except asyncio.CancelledError:
            self.cancelled.append(wish)
            raise
        return self.says(wish)

    async def ask(self, wish: Ask) -> bool:
        self._do(wish)
        await asyncio.sleep(self.speech_takes)
        return self.says(wish)

    def mark_away(self, wish: MarkAway) -> None:
        self._do(wish)

    def prepare(self, text: str) -> None:
        self.prepared.append(text)

    async def hang_up(self, wish: HangUp) -> LineClosed:
        self._do(wish)
        await asyncio.sleep(self.line_takes)
        if self.line_error is not None:
            raise self.line_error
        return LineClosed(wish.scope)

    def append(self, record: Record) -> None:
        self.records.append(record)

    async def safe(self) -> bool:
        await asyncio.sleep(self.safe_takes)
        self.safe_at.append(round(asyncio.get_running_loop().time() - 1000.0, 3))
        return True

    def names(self) -> list[str]:
        return [record.name for record in self.records]

    def find(self, name: str) -> Record:
        """The one record of this name."""
        (record,) = [record for record in self.records if record.name == name]
        return record


@pytest.fixture
def edge() -> Edge:
    return Edge()


@pytest.fixture
async def supervisor(edge: Edge) -> Supervisor:
    return Supervisor("call-1", line=edge, voice=edge, recorder=edge)


class Desk(RuleLLM):
    """The offline model, which keeps every request as (role or kind of item, text) pairs."""

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
        """Say something and read what the agent answers."""
        result = await self.session.run(user_input=words)
        said = (event.item for event in result.events if event.type == "message")
        return [item.text_content or "" for item in said if item.role == "assistant"]


@pytest.fixture
async def pick_up(supervisor: Supervisor, edge: Edge) -> AsyncIterator[Callable[..., Awaitable[Phone]]]:
    """Supervise a new session with this agent, more rules for the model and this plan, and start it."""
    phones: list[Phone] = []

    async def started(agent: Agent, *rules: Rule, **plan: Any) -> Phone:
        desk = Desk(*rules)
        session: AgentSession[Any] = AgentSession(llm=desk)
        listen(session, supervisor.post, supervisor.now)
        throat = Throat()
        supervisor.observers.append(throat.notice)
        supervisor.voice = SessionVoice(session, fallback=edge, throat=throat)
        supervisor.post(CallerFound("anna", phone=False, active=True))
        supervisor.post(Planned(**plan))
        call = OngoingCall(
            session, supervisor.post, lambda: Call("call-1", "room", Caller("anna")), silence=plan.get("silence")
        )
        supervisor.hands = SessionHands(call)
        supervisor.observers.append(call.notice)
        phones.append(Phone(session, desk, call, asyncio.create_task(supervisor.run())))
        await session.start(agent)
        return phones[-1]

    yield started
    for phone in phones:
        await phone.session.aclose()
        phone.ended.cancel()
        await asyncio.gather(phone.ended, return_exceptions=True)
