"""A long call does not grow with the events that LiveKit keeps, and its report has all of them."""

import gc
import inspect
import re
import weakref
from typing import Any

import pytest
from livekit.agents import Agent, AgentSession, get_job_context
from livekit.agents.llm import ChatMessage
from livekit.agents.metrics import AgentSessionUsage, LLMModelUsage, VADMetrics
from livekit.agents.voice import SpeechHandle, events
from livekit.agents.voice.agent_activity import AgentActivity
from livekit.agents.voice.events import CloseReason

from offhook import Call, FinishedCall, Plan, serve
from offhook.session.inbound.finished_speech import FinishedSpeech
from offhook.session.inbound.kept_events import EventRecord, KeptEvents
from offhook.testing import ScriptedCaller, simulate

pytestmark = pytest.mark.slow

HOUR = 600
CREATING = {"create"}
INHERITED = {"add_done_callback", "interrupt", "wait_if_not_interrupted"}
"""These work for a finished speech as LiveKit wrote them, or are for LiveKit itself."""
CALLED = {"done", "exception", "remove_done_callback", "wait_for_playout", *INHERITED}
TURNS = 25
REPORTS: list[dict[str, Any]] = []
CLASSES: list[int] = []
"""At the end of each call, the number of classes that LiveKit defined while it answered, and that are still there."""
EARLIER: list[type] = []
"""Such classes of earlier tests, which count in no call."""


def forget_earlier_calls() -> None:
    gc.collect()
    CLASSES.clear()
    EARLIER.clear()
    EARLIER.extend(answer_classes())


def answer_classes() -> list[type]:
    """Return the classes that LiveKit defined while it answered in this call, and that are still there."""
    names = ((one, getattr(one, "__qualname__", "")) for one in gc.get_objects() if isinstance(one, type))
    return [one for one, name in names if "_pipeline_reply_task" in name and "<locals>" in name and one not in EARLIER]


async def report(finished: FinishedCall) -> None:
    REPORTS.append(get_job_context().make_session_report(finished.session).to_dict())
    gc.collect()
    CLASSES.append(len(answer_classes()))


def plan(call: Call) -> Plan:
    return Plan(agent=Agent(instructions="You are the front desk."), greeting="Front desk.", after=[report])


server = serve(plan, port=0)


class OwnMetrics(VADMetrics):
    """The metrics of a plugin, which cannot be copied."""

    def __reduce_ex__(self, protocol: object) -> str:
        raise TypeError("not copied")


def metrics(number: int, kind: type[VADMetrics] = VADMetrics) -> events.MetricsCollectedEvent:
    found = kind(label="vad", timestamp=number, idle_time=0, inference_duration_total=0, inference_count=31)
    return events.MetricsCollectedEvent(metrics=found)


def conversation() -> list[Any]:
    """Events in the mixture of a call: for each turn the metrics of some seconds, states, words and a message."""
    found: list[Any] = []
    for turn in range(HOUR // 10):
        found += [metrics(turn * 10 + second) for second in range(4)]
        usage = AgentSessionUsage([LLMModelUsage(provider="a", model="m", output_tokens=turn)])
        found.append(events.SessionUsageUpdatedEvent(usage=usage))
        found.append(events.UserInputTranscribedEvent(transcript=f"turn {turn}", is_final=True))
        found.append(events.ConversationItemAddedEvent(item=ChatMessage(role="user", content=[f"turn {turn}"])))
        found.append(events.AgentStateChangedEvent(old_state="listening", new_state="thinking"))
        found.append(events.UserStateChangedEvent(old_state="speaking", new_state="listening"))
    return found


def test_all_events_are_read_as_from_a_list() -> None:
    given = conversation()
    kept = KeptEvents(given)
    assert list(kept) == given == kept
    assert len(kept) == len(given)
    assert [kept[at] for at in (0, 70, -1)] == [given[at] for at in (0, 70, -1)]
    assert kept[30:70:7] == given[30:70:7]
    assert [type(one) for one in reversed(kept)] == [type(one) for one in reversed(given)]


def test_changes_are_made_as_in_a_list() -> None:
    given = conversation()
    kept = KeptEvents(given)
    one, later = metrics(-1), conversation()
    for events_of_both in (kept, given):
        events_of_both.insert(3, one)
        events_of_both[80] = one
        del events_of_both[5:90]
        events_of_both.extend(later)
    assert kept == given


def test_old_events_of_a_frequent_kind_leave_the_memory() -> None:
    given = conversation()
    size = len(given)
    alive = [weakref.ref(one) for one in given]
    kept = KeptEvents(given)
    del given
    gc.collect()
    assert len(kept) == size
    assert sum(one() is not None for one in alive) < 66


def test_an_old_event_has_the_same_message_as_the_history() -> None:
    given = conversation()
    items = [one.item for one in given if isinstance(one, events.ConversationItemAddedEvent)]
    found = [one.item for one in KeptEvents(given) if isinstance(one, events.ConversationItemAddedEvent)]
    assert [id(one) for one in found] == [id(one) for one in items]


def test_an_hour_of_events_needs_little_memory() -> None:
    kept = KeptEvents([event for _ in range(6) for event in conversation()])
    assert sum(len(block.packed) for block in kept._blocks[1:]) < 360 * 200  # without the first block, 300 bytes a turn


def test_an_event_without_a_copy_is_kept_as_it_is() -> None:
    odd = metrics(7, OwnMetrics)
    given = [*conversation(), odd, *conversation()]
    kept = KeptEvents(given)
    assert (
        next(one for one in kept if isinstance(one, events.MetricsCollectedEvent) and one.metrics is odd.metrics) is odd
    )
    assert len(list(kept)) == len(given)


async def test_livekit_adds_to_the_record_of_a_session_and_reports_from_it(pick_up: Any) -> None:
    phone = await pick_up(Agent(instructions="You are the front desk."))
    seen: list[Any] = []
    for name in ("user_input_transcribed", "agent_state_changed", "conversation_item_added", "metrics_collected"):
        phone.session.on(name, seen.append)
    for _ in range(40):
        await phone.says("hello")
    recorded = recorded_of(phone.session)
    assert isinstance(recorded, KeptEvents)
    assert len(recorded) > 150
    assert [one for one in recorded if one in seen] == seen
    await phone.session.aclose()
    reported = recorded_of(phone.session)
    assert type(reported) is list
    assert isinstance(reported[-1], events.CloseEvent)
    assert [one for one in reported if one in seen][: len(seen)] == seen


def recorded_of(session: AgentSession[Any]) -> Any:
    """The list from which LiveKit makes the session report."""
    return session._recorded_events  # the test fails when a new livekit-agents has no such list


async def test_the_handle_of_an_old_speech_answers_as_before_and_is_let_go(pick_up: Any) -> None:
    phone = await pick_up(Agent(instructions="You are the front desk."))
    handles: list[Any] = []
    phone.session.on("speech_created", lambda event: handles.append(event.speech_handle))
    for _ in range(40):
        await phone.says("hello")
    kept = [one.speech_handle for one in recorded_of(phone.session) if isinstance(one, events.SpeechCreatedEvent)]
    assert [one.id for one in kept] == [one.id for one in handles]
    assert isinstance(kept[0], FinishedSpeech)
    assert kept[-1] is handles[-1]
    names = {name for name in vars(SpeechHandle) if not name.startswith("_") and name.islower()} - CREATING
    for name in names - CALLED:
        assert getattr(kept[0], name) == getattr(handles[0], name), name
    assert (kept[0].done(), kept[0].exception()) == (handles[0].done(), handles[0].exception())
    assert await kept[0] is kept[0].interrupt()
    assert names - vars(FinishedSpeech).keys() == INHERITED


def test_the_report_of_a_call_has_every_event_of_the_call() -> None:
    REPORTS.clear()

    async def caller(call: ScriptedCaller) -> None:
        await call.hears("front desk")
        for _ in range(TURNS):
            await call.says("hello")
            await call.hears("how can I help")
            await call.silent(5)

    simulate(server, caller)
    found = [one["type"] for one in REPORTS[0]["events"]]
    assert len(found) > 192
    items = [one["item"] for one in REPORTS[0]["events"] if one["type"] == "conversation_item_added"]
    assert [one["type"] for one in items].count("message") == 1 + 2 * TURNS
    assert [one["transcript"] for one in REPORTS[0]["events"] if one.get("is_final")] == ["hello"] * TURNS
    assert REPORTS[0]["user_turns"] == TURNS
    assert found[-1] == "close"


def test_the_class_that_livekit_defines_for_each_answer_is_freed() -> None:
    forget_earlier_calls()

    async def caller(call: ScriptedCaller) -> None:
        await call.hears("front desk")
        for _ in range(TURNS):
            await call.says("hello")
            await call.hears("how can I help")

    simulate(server, caller)
    assert CLASSES == [0]
    # If this fails, LiveKit has no such class any more: remove `answer_garbage.py`.
    assert re.search(r"^ +class ", inspect.getsource(AgentActivity._pipeline_reply_task_impl), re.MULTILINE)


def test_the_cycles_of_old_answers_are_freed_during_the_call() -> None:
    left: list[type] = []
    forget_earlier_calls()

    async def caller(call: ScriptedCaller) -> None:
        await call.hears("front desk")
        gc.disable()  # Python's own collections free some of the cycles too, at times that no test can predict
        for _ in range(TURNS):
            await call.says("hello")
            await call.hears("how can I help")
        left.extend(answer_classes())

    try:
        simulate(server, caller)
    finally:
        gc.enable()
    assert len(left) == 1  # the class of the last answer


async def test_a_session_that_starts_again_is_kept_small_again() -> None:
    session: AgentSession[Any] = AgentSession()
    record = EventRecord(session)
    for _ in range(2):
        session._recorded_events = []  # as `AgentSession.start` does
        for event in (events.AgentStateChangedEvent(old_state="initializing", new_state="listening"), metrics(1)):
            session.emit("agent_state_changed", event)
            record.after(event)
        assert isinstance(recorded_of(session), KeptEvents)
        closed = events.CloseEvent(reason=CloseReason.USER_INITIATED)
        session.emit("close", closed)
        record.after(closed)
        assert [type(one) for one in recorded_of(session)] == [
            events.AgentStateChangedEvent,
            events.MetricsCollectedEvent,
            events.CloseEvent,
        ]
        assert type(recorded_of(session)) is list
