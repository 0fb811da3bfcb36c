"""The real, unchanged Realtime model in a session of its own; its SDK checks every event."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from livekit import rtc
from livekit.agents import APIConnectionError, APIConnectOptions, function_tool, llm
from livekit.plugins import openai
from openai.types.realtime import RealtimeServerEvent
from pydantic import TypeAdapter

from offhook.testing.sandbox import Answer, Asked, Event, Line, Oracle, Refusal, Request, Sandbox, Script
from offhook.testing.sandbox.hook import Hook

pytestmark = pytest.mark.usefixtures("plugins")

KNOWN: TypeAdapter[RealtimeServerEvent] = TypeAdapter(RealtimeServerEvent)


@function_tool
async def book(people: str) -> str:
    """Book a table."""
    return people


@dataclass
class Talk:
    """A Realtime session and the events that it emitted."""

    session: llm.RealtimeSession[Any]
    received: list[dict[str, Any]] = field(default_factory=list)
    replies: "asyncio.Queue[llm.GenerationCreatedEvent]" = field(default_factory=asyncio.Queue)
    words: "asyncio.Queue[llm.InputTranscriptionCompleted]" = field(default_factory=asyncio.Queue)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def kinds(self) -> list[str]:
        return [event["type"] for event in self.received]

    async def until(self, kind: str) -> dict[str, Any]:
        async with asyncio.timeout(30):
            while kind not in self.kinds():
                self.changed.clear()
                await self.changed.wait()
        return next(event for event in self.received if event["type"] == kind)


@asynccontextmanager
async def talking(sandbox: Sandbox, **wanted: Any) -> AsyncIterator[Talk]:
    known = {"model": "gpt-realtime", "api_key": "any", "base_url": f"{sandbox.url}/v1"}
    talk = Talk(openai.realtime.RealtimeModel(**{**known, **wanted}).session())

    def receive(event: dict[str, Any]) -> None:
        KNOWN.validate_python(event)
        talk.received.append(event)
        talk.changed.set()

    talk.session.on("openai_server_event_received", receive)
    talk.session.on("generation_created", talk.replies.put_nowait)
    talk.session.on("input_audio_transcription_completed", talk.words.put_nowait)
    try:
        yield talk
    finally:
        await talk.session.aclose()


async def spoken_reply(reply: llm.GenerationCreatedEvent) -> tuple[str, float, list[llm.FunctionCall]]:
    """The text, the seconds of audio, and the tool calls of a reply."""
    text, seconds = "", 0.0
    async for message in reply.message_stream:
        text += "".join([part async for part in message.text_stream])
        seconds += sum([frame.duration async for frame in message.audio_stream])
    return text, seconds, [call async for call in reply.function_stream]


async def test_a_spoken_question_is_told_in_words_and_answered_in_sound(
    sandbox: Sandbox, oracle: Oracle, spoken: Callable[..., list[rtc.AudioFrame]]
) -> None:
    oracle.expect("Hello.")
    async with talking(sandbox) as talk:
        for frame in spoken("hello", rate=24000):
            talk.session.push_audio(frame)
        reply = await asyncio.wait_for(talk.replies.get(), 30)
        text, seconds, calls = await spoken_reply(reply)
        assert (text, calls) == ("Good day to you.", [])
        assert seconds == pytest.approx(0.8, abs=0.01)
        heard = [await asyncio.wait_for(talk.words.get(), 30) for _ in range(2)]
    assert [(one.transcript, one.is_final) for one in heard] == [("Hello.", False), ("Hello.", True)]
    kinds = [kind for kind in talk.kinds() if kind.startswith("input_audio_buffer")]
    assert kinds == [f"input_audio_buffer.{what}" for what in ("speech_started", "speech_stopped", "committed")]


async def test_the_plugin_says_what_the_sandbox_reads(sandbox: Sandbox) -> None:
    async with talking(sandbox) as talk:
        await talk.session.update_instructions("You are a desk.")
        await talk.session.update_tools([book])
        await talk.session.generate_reply(instructions="Greet.")
        await talk.until("response.done")
    connected, first, told, tools, created = sandbox.requests
    assert (connected.path, connected.how, connected.auth) == ("/v1/realtime", "connect", "Bearer")
    assert dict(connected.query) == {"model": "gpt-realtime"}
    assert [one.body["type"] for one in (first, told, tools, created)] == ["session.update"] * 3 + ["response.create"]
    sound = first.body["session"]["audio"]
    assert sound["input"]["format"] == {"rate": 24000, "type": "audio/pcm"}
    assert sound["input"]["turn_detection"]["type"] == "semantic_vad"
    assert told.body["session"]["instructions"] == "You are a desk."
    assert [tool["name"] for tool in tools.body["session"]["tools"]] == ["book"]
    assert created.body["response"]["instructions"] == "You are a desk.\nGreet."
    assert created.body["response"]["metadata"]["client_event_id"] == created.body["event_id"]


async def test_the_brain_sees_instructions_items_tools_and_what_it_shall_say_now() -> None:
    seen = list[Asked]()

    def brain(asked: Asked) -> str:
        seen.append(asked)
        return "Good day."

    chat = llm.ChatContext.empty()
    chat.add_message(role="user", content="hello")
    async with Sandbox(llm=brain) as sandbox, talking(sandbox) as talk:
        await talk.session.update_instructions("You are a desk.")
        await talk.session.update_tools([book])
        await talk.session.update_chat_ctx(chat)
        await talk.session.generate_reply(instructions="Greet.")
        await talk.until("response.done")
        await talk.session.update_instructions("You are a pirate.")
        await talk.session.generate_reply()
    system, hello = Line("system", "You are a desk."), Line("user", "hello")
    tools = frozenset({"book"})
    assert seen[0] == Asked((system, hello, Line("system", "Greet.")), tools, "gpt-realtime")
    assert seen[1].lines == (Line("system", "You are a pirate."), hello, Line("assistant", "Good day."))


async def test_a_tool_call_is_answered_after_its_result() -> None:
    script = Script(Answer("Wait.", "book", {"people": "two"}), "Done.")
    async with Sandbox(llm=script) as sandbox, talking(sandbox) as talk:
        await talk.session.update_tools([book])
        text, _, (call,) = await spoken_reply(await talk.session.generate_reply())
        assert (text, call.name, call.arguments) == ("Wait.", "book", '{"people": "two"}')
        chat = talk.session.chat_ctx.copy()
        chat.items.append(llm.FunctionCallOutput(call_id=call.call_id, name="book", output="ok", is_error=False))
        await talk.session.update_chat_ctx(chat)
        assert (await spoken_reply(await talk.session.generate_reply()))[0] == "Done."


async def test_the_conversation_is_changed_as_the_plugin_wants(sandbox: Sandbox) -> None:
    chat = llm.ChatContext.empty()
    chat.add_message(role="user", content="one", id="item_1")
    chat.add_message(role="user", content="two", id="item_2")
    async with talking(sandbox) as talk:
        await talk.session.update_chat_ctx(chat)
        assert [item.id for item in talk.session.chat_ctx.items] == ["item_1", "item_2"]
        chat.items.pop(0)
        await talk.session.update_chat_ctx(chat)
        assert [item.id for item in talk.session.chat_ctx.items] == ["item_2"]
        created = [one.body for one in sandbox.requests if one.body.get("type") == "conversation.item.create"]
        assert [one["previous_item_id"] for one in created] == ["root", "item_1"]


async def test_an_answer_without_sound_comes_as_text(sandbox: Sandbox) -> None:
    async with talking(sandbox, modalities=["text"]) as talk:
        text, seconds, _ = await spoken_reply(await talk.session.generate_reply())
        await talk.until("response.done")
    assert (text, seconds) == ("Good day to you.", 0)
    assert "response.output_audio.delta" not in talk.kinds()


class Slow(Hook):
    """Holds the third word until `go` is set."""

    def __init__(self) -> None:
        self.held, self.go = asyncio.Event(), asyncio.Event()

    async def before_event(self, event: Event) -> str | bytes | None:
        if event.kind == "response.output_audio_transcript.delta" and '"to "' in str(event.payload):
            self.held.set()
            await self.go.wait()
        return event.payload


async def test_a_cancelled_response_ends_in_the_middle(sandbox: Sandbox) -> None:
    slow = sandbox.openai.hook = Slow()
    async with talking(sandbox) as talk:
        await talk.session.generate_reply()
        await asyncio.wait_for(slow.held.wait(), 30)
        talk.session.interrupt()
        done = await talk.until("response.done")
    assert done["response"]["status"] == "cancelled"
    assert talk.kinds().count("response.output_audio.delta") == 2


async def test_a_caller_who_speaks_over_an_answer_cancels_it(
    sandbox: Sandbox, oracle: Oracle, spoken: Callable[..., list[rtc.AudioFrame]]
) -> None:
    oracle.expect("Hello.")
    slow = sandbox.openai.hook = Slow()
    async with talking(sandbox) as talk:
        await talk.session.generate_reply()
        await asyncio.wait_for(slow.held.wait(), 30)
        for frame in spoken("hello", rate=24000):
            talk.session.push_audio(frame)
        assert (await talk.until("response.done"))["response"]["status"] == "cancelled"
        await talk.replies.get()
        assert (await spoken_reply(await asyncio.wait_for(talk.replies.get(), 30)))[0] == "And another one."


async def test_words_that_were_not_heard_are_forgotten() -> None:
    seen = list[Asked]()

    def brain(asked: Asked) -> str:
        seen.append(asked)
        return "Good day to you."

    async with Sandbox(llm=brain) as sandbox, talking(sandbox) as talk:
        _, seconds, _ = await spoken_reply(await talk.session.generate_reply())
        item = (await talk.until("response.output_item.added"))["item"]["id"]
        heard = round(seconds * 1000 / 2)
        talk.session.truncate(message_id=item, modalities=["audio"], audio_end_ms=heard)
        assert (await talk.until("conversation.item.truncated"))["audio_end_ms"] == heard
        await talk.session.generate_reply()
    assert seen[1].lines == (Line("assistant", "Good day"),)


async def test_the_key_refused_is_refused(sandbox: Sandbox) -> None:
    errors = asyncio.Queue[llm.RealtimeModelError]()
    once = APIConnectOptions(max_retry=0)
    model = openai.realtime.RealtimeModel(api_key="refused", base_url=f"{sandbox.url}/v1", conn_options=once)
    session = model.session()
    session.on("error", errors.put_nowait)
    told = await asyncio.wait_for(errors.get(), 30)
    with pytest.raises(APIConnectionError):
        await session.aclose()
    assert getattr(told.error.__cause__, "status", None) == 401


async def test_what_cannot_be_done_is_complained_about_in_openais_words(sandbox: Sandbox) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"type": "response.cancel"}, "response_cancel_not_active"),
        ({"type": "conversation.item.delete", "item_id": "none"}, "item_delete_invalid_item_id"),
        ({"type": "conversation.item.retrieve", "item_id": "none"}, "item_retrieve_invalid_item_id"),
        (
            {
                "type": "conversation.item.create",
                "item": {"type": "message", "role": "user", "content": []},
                "previous_item_id": "none",
            },
            "item_create_invalid_previous_item_id",
        ),
        ({"type": "input_audio_buffer.commit"}, "input_audio_buffer_commit_empty"),
        ({"type": "input_audio_buffer.append", "audio": "?"}, "invalid_value"),
        ({"type": "dance"}, "invalid_value"),
    ]
    headers = {"Authorization": "Bearer any"}
    async with aiohttp.ClientSession(headers=headers) as http, http.ws_connect(f"{sandbox.url}/v1/realtime") as line:
        assert (await line.receive_json(timeout=5))["type"] == "session.created"
        for message, code in wrong:
            await line.send_json({"event_id": "e1", **message})
            event = KNOWN.validate_python(await line.receive_json(timeout=5))
            assert event.type == "error"
            assert (event.error.code, event.error.event_id) == (code, "e1")


async def test_a_response_that_is_cancelled_at_once_is_created_and_done(sandbox: Sandbox) -> None:
    class Slow(Hook):
        async def before_event(self, event: Event) -> str | bytes | None:
            if event.kind == "response.output_item.added":
                await asyncio.Event().wait()
            return event.payload

    sandbox.openai.hook = Slow()
    headers = {"Authorization": "Bearer any"}
    async with aiohttp.ClientSession(headers=headers) as http, http.ws_connect(f"{sandbox.url}/v1/realtime") as line:
        assert (await line.receive_json(timeout=5))["type"] == "session.created"
        await line.send_json({"type": "response.create"})
        await line.send_json({"type": "response.cancel"})
        events = [KNOWN.validate_python(await line.receive_json(timeout=5))]
        while events[-1].type != "response.done":
            events.append(KNOWN.validate_python(await line.receive_json(timeout=5)))
    assert events[0].type == "response.created"
    assert events[-1].response.status == "cancelled"


async def test_without_turn_detection_a_turn_is_what_is_committed(
    sandbox: Sandbox, oracle: Oracle, spoken: Callable[..., list[rtc.AudioFrame]]
) -> None:
    oracle.expect("Hello.")
    async with talking(sandbox, turn_detection=None) as talk:
        for frame in spoken("hello", rate=24000):
            talk.session.push_audio(frame)
        talk.session.commit_audio()
        await talk.until("conversation.item.input_audio_transcription.completed")
        assert "response.created" not in talk.kinds()
        assert (await spoken_reply(await talk.session.generate_reply()))[0] == "Good day to you."


async def test_a_message_can_be_refused(sandbox: Sandbox) -> None:
    class Busy(Hook):
        async def before_answer(self, request: Request) -> Refusal | None:
            return Refusal(429) if request.body.get("type") == "response.create" else None

    sandbox.openai.hook = Busy()
    async with talking(sandbox) as talk:
        with pytest.raises(llm.RealtimeError, match="Rate limit reached"):
            await talk.session.generate_reply()
