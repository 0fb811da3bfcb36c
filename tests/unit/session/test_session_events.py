"""Events of a real session become facts, in order; no user handler can prevent that."""

import time
from typing import Any, get_args

import pytest
from livekit.agents import Agent, AgentSession, AgentTask, function_tool
from livekit.agents.llm import ChatMessage, FunctionCall, LLMError
from livekit.agents.metrics import AgentSessionUsage, LLMModelUsage, STTModelUsage, TTSModelUsage
from livekit.agents.voice import events
from livekit.agents.voice.events import CloseReason

from offhook.core.facts import (
    AgentStateChanged,
    CallerStateChanged,
    Fact,
    MessageCommitted,
    ModelFailed,
    SessionClosed,
    SessionStarted,
    ToolEnded,
    ToolStarted,
    TranscriptReceived,
    UsageUpdated,
)
from offhook.core.ladder import Silence
from offhook.core.steps import end, goodbye, say
from offhook.core.usage import ModelUsage
from offhook.models.offline.rules import Reply, Rule
from offhook.session.inbound.events import NOT_FACTS, attach_events, translate

NOW = 500.0
CALL = FunctionCall(call_id="c", name="book", arguments="{}")
EVENTS: list[tuple[Any, tuple[Fact, ...]]] = [
    (
        events.AgentStateChangedEvent(old_state="initializing", new_state="listening"),
        (SessionStarted(), AgentStateChanged("listening", since=NOW)),
    ),
    (
        events.AgentStateChangedEvent(old_state="listening", new_state="thinking"),
        (AgentStateChanged("thinking", since=NOW),),
    ),
    (
        events.UserStateChangedEvent(old_state="speaking", new_state="listening"),
        (CallerStateChanged("listening", since=NOW),),
    ),
    (events.UserInputTranscribedEvent(transcript="hel", is_final=False), (TranscriptReceived("hel", final=False),)),
    (events.UserInputTranscribedEvent(transcript="hello", is_final=True), (TranscriptReceived("hello", final=True),)),
    (
        events.ConversationItemAddedEvent(item=ChatMessage(role="user", content=["hello"])),
        (MessageCommitted("user", "hello"),),
    ),
    (
        events.ConversationItemAddedEvent(
            item=ChatMessage(role="assistant", content=["Good"], interrupted=True, metrics={"e2e_latency": 0.61234})
        ),
        (MessageCommitted("assistant", "Good", interrupted=True, answered_in=0.612),),
    ),
    (
        events.ToolExecutionUpdatedEvent(update=events.ToolCallStarted(function_call=CALL)),
        (ToolStarted("c", "book", "{}"),),
    ),
    (
        events.ToolExecutionUpdatedEvent(update=events.ToolCallEnded(id="u", call_id="c", status="done", message="ok")),
        (ToolEnded("c", "done", output="ok"),),
    ),
    (
        events.ErrorEvent(
            error=LLMError(timestamp=0.0, label="m", error=ConnectionError("503"), recoverable=True), source=None
        ),
        (ModelFailed("llm_error", recoverable=True, error="ConnectionError: 503"),),
    ),
    (events.ErrorEvent(error=ValueError("odd"), source=None), (ModelFailed("ValueError", False, "ValueError: odd"),)),
    (events.CloseEvent(reason=CloseReason.USER_INITIATED), (SessionClosed("user_initiated"),)),
    (
        events.CloseEvent(
            reason=CloseReason.ERROR,
            error=LLMError(timestamp=0.0, label="m", error=ConnectionError("503"), recoverable=False),
        ),
        (SessionClosed("error", error="ConnectionError: 503"),),
    ),
    (
        events.SessionUsageUpdatedEvent(
            usage=AgentSessionUsage(
                [
                    LLMModelUsage(provider="a", model="m", input_tokens=10, input_cached_tokens=4, output_tokens=3),
                    TTSModelUsage(provider="b", model="v", characters_count=20, audio_duration=1.5, output_tokens=1),
                    STTModelUsage(provider="c", model="e", audio_duration=5.04, input_tokens=2),
                ]
            )
        ),
        (
            UsageUpdated(
                input_tokens=12,
                cached_tokens=4,
                output_tokens=4,
                characters=20,
                heard=5.0,
                spoken=1.5,
                output_audio_tokens=1,
                models=(
                    ModelUsage("llm", "a", "m", input_tokens=10, cached_tokens=4, output_tokens=3),
                    ModelUsage("tts", "b", "v", output_tokens=1, output_audio_tokens=1, characters=20, spoken=1.5),
                    ModelUsage("stt", "c", "e", input_tokens=2, heard=5.0),
                ),
            ),
        ),
    ),
    (events.FunctionToolsExecutedEvent(function_calls=[], function_call_outputs=[]), ()),
]


def near(fact: Fact) -> Fact:
    """The fact with `since` rounded to 0.1 s, because `since` comes from the wall clock."""
    match fact:
        case AgentStateChanged(state=state, since=since):
            return AgentStateChanged(state, since=round(since, 1))
        case CallerStateChanged(state=heard_as, since=since):
            return CallerStateChanged(heard_as, since=round(since, 1))
    return fact


@pytest.mark.parametrize(("event", "facts"), EVENTS, ids=lambda value: getattr(value, "type", ""))
def test_an_event_is_these_facts(event: Any, facts: tuple[Fact, ...]) -> None:
    event.created_at = time.time()
    assert tuple(map(near, translate(event, NOW))) == facts


def test_every_event_of_a_session_is_a_fact_or_on_the_list_of_those_that_are_not() -> None:
    told = {event.type for event, facts in EVENTS if facts}
    assert told | NOT_FACTS == set(get_args(events.EventTypes))
    assert told & NOT_FACTS == set()


def test_every_reason_to_close_is_known() -> None:
    reasons = {reason.value for reason in CloseReason}
    assert reasons == set(get_args(SessionClosed.__annotations__["reason"]))


@pytest.mark.parametrize(("late", "since"), [(0.4, NOW - 0.4), (3600.0, NOW - 3.0), (-3600.0, NOW)])
def test_silence_is_dated_back_but_not_by_a_clock_that_was_set(late: float, since: float) -> None:
    event = events.UserStateChangedEvent(old_state="speaking", new_state="listening", created_at=time.time() - late)
    assert tuple(map(near, translate(event, NOW))) == (CallerStateChanged("listening", since=since),)


async def test_facts_come_before_the_handlers_hear() -> None:
    order: list[object] = []
    session: AgentSession[Any] = AgentSession()
    session.on("user_input_transcribed", order.append)
    attach_events(session, order.append, lambda: NOW)
    event = events.UserInputTranscribedEvent(transcript="hello", is_final=True)
    session.emit("user_input_transcribed", event)
    assert order == [TranscriptReceived("hello", final=True), event]


async def test_a_handler_that_raises_takes_neither_the_turn_nor_the_facts(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(Agent(instructions="You are the front desk."))

    def broken(_: object) -> None:
        raise TypeError("not this way")

    for event in ("conversation_item_added", "agent_state_changed", "user_state_changed"):
        phone.session.on(event, broken)
    assert await phone.says("hello") == ["Hello. How can I help you?"]
    assert [r.body["text"] for r in edge.records if r.name == "MessageCommitted"] == [
        "hello",
        "Hello. How can I help you?",
    ]
    failed = [r.body for r in edge.records if r.name == "HandlerFailed"]
    assert {"event": "conversation_item_added", "error": "TypeError('not this way')"} in failed


async def test_a_session_that_somebody_closes_ends_the_call(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(Agent(instructions="You are the front desk."))
    phone.session.shutdown()
    ended = await phone.ended
    assert (ended.reason, ended.detail) == ("agent_ended", "the session was closed: user_initiated")
    assert [what.reason for _, what in edge.done] == ["agent_ended"]


class Clerk(Agent):
    """Agent that takes over, and can ask for a name in a task."""

    def __init__(self) -> None:
        super().__init__(instructions="You are the clerk.")

    @function_tool
    async def ask_name(self) -> str:
        """Ask for the caller's name."""
        return await Name()


class Name(AgentTask[str]):
    """Task that asks until the caller gives a name."""

    def __init__(self) -> None:
        super().__init__(instructions="Ask for the name.")

    async def on_enter(self) -> None:
        self.session.say("Your name, please?")

    @function_tool
    async def take_name(self) -> None:
        """Take the name."""
        self.complete("Anna")


@function_tool
async def to_clerk() -> Agent:
    """Hand over to the clerk."""
    return Clerk()


async def test_the_ladder_goes_on_after_a_handoff(pick_up: Any, edge: Any) -> None:
    ladder = Silence(say("Still there?", after=8), end(after=8))
    desk = Agent(instructions="You are the front desk.", tools=[to_clerk])
    phone = await pick_up(desk, Rule("^user:clerk", Reply(tool="to_clerk")), silence=ladder, dead_air=None)
    await phone.says("clerk")
    assert phone.session.current_agent.instructions == "You are the clerk."
    assert (await phone.ended).reason == "silence"
    assert [r.body["text"] for r in edge.records if r.name == "Say"] == ["Still there?"]
    assert edge.names().count("SessionStarted") == 1


async def test_the_ladder_goes_on_within_a_task(pick_up: Any, edge: Any) -> None:
    ladder = Silence(say("Still there?", after=8), goodbye("Bye.", after=8))
    rules = (Rule("^user:name", Reply(tool="ask_name")), Rule("^user:anna", Reply(tool="take_name")))
    phone = await pick_up(Clerk(), *rules, silence=ladder)
    run = phone.session.run(user_input="name")
    ended = await phone.ended
    assert ended.reason == "silence"
    assert [r.body["text"] for r in edge.records if r.name == "Say"] == ["Still there?", "Bye."]
    await phone.session.aclose()
    await run


async def test_what_was_used_is_told_when_it_has_changed() -> None:
    session: AgentSession[Any] = AgentSession()
    facts: list[Fact] = []
    attach_events(session, facts.append, lambda: NOW)
    for spent in (0, 5, 5, 7):
        usage = AgentSessionUsage([LLMModelUsage(provider="a", model="m", output_tokens=spent)])
        session.emit("session_usage_updated", events.SessionUsageUpdatedEvent(usage=usage))
    assert [fact.output_tokens for fact in facts if isinstance(fact, UsageUpdated)] == [5, 7]


async def test_an_stt_that_repeats_itself_does_not_fill_the_journal() -> None:
    session: AgentSession[Any] = AgentSession()
    facts: list[Fact] = []
    now = [0.0]
    attach_events(session, facts.append, lambda: now[0])
    for tick in range(100):
        now[0] = tick / 100
        session.emit("user_input_transcribed", events.UserInputTranscribedEvent(transcript="yes", is_final=False))
    for text, final in (("yes", True), ("yes", True), ("no", False), ("yes", False)):
        session.emit("user_input_transcribed", events.UserInputTranscribedEvent(transcript=text, is_final=final))
    yes, no = TranscriptReceived("yes", final=False), TranscriptReceived("no", final=False)
    final = TranscriptReceived("yes", final=True)
    assert facts == [yes, yes, final, final, no, yes]
