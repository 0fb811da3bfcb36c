"""Each provider has one hook for faults, and the sandbox keeps running after every fault."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from livekit import rtc
from livekit.agents import APIConnectionError, APIConnectOptions, APIError, APIStatusError, APITimeoutError, llm
from livekit.agents.stt import SpeechEventType
from livekit.plugins import cartesia, deepgram, openai

from offhook.testing.sandbox import Disconnect, Event, Hook, Oracle, Refusal, Request, Sandbox, SandboxError

pytestmark = pytest.mark.usefixtures("plugins")


class Refusing(Hook):
    """Refuses this many requests."""

    def __init__(self, refusal: Refusal, times: int = 1) -> None:
        self.refusal, self.left = refusal, times

    async def before_answer(self, request: Request) -> Refusal | None:
        self.left -= 1
        return self.refusal if self.left >= 0 else None


class At(Hook):
    """Acts on one event of a kind, by its number."""

    def __init__(self, kind: str, number: int, act: Callable[[Event], str | None]) -> None:
        self.kind, self.number, self.act, self.seen = kind, number, act, 0

    async def before_event(self, event: Event) -> str | bytes | None:
        if event.kind != self.kind:
            return event.payload
        self.seen += 1
        return self.act(event) if self.seen == self.number else event.payload


def cut(event: Event) -> str | None:
    raise Disconnect


async def words(sandbox: Sandbox, options: APIConnectOptions) -> str:
    chat = llm.ChatContext.empty()
    chat.add_message(role="user", content="hello")
    model = openai.LLM(api_key="any", base_url=f"{sandbox.url}/v1")
    async with model.chat(chat_ctx=chat, conn_options=options) as stream:
        return "".join([chunk.delta.content or "" async for chunk in stream if chunk.delta])


async def sound(sandbox: Sandbox, options: APIConnectOptions) -> float:
    stream = cartesia.TTS(api_key="any", base_url=sandbox.url).stream(conn_options=options)
    stream.push_text("Good day to you. ")
    stream.end_input()
    seconds = 0.0
    async for audio in stream:
        seconds += audio.frame.duration
    return seconds


async def test_a_refusal_has_its_status_headers_and_words(sandbox: Sandbox, once: APIConnectOptions) -> None:
    sandbox.openai.hook = Refusing(Refusal(429, "Slow down.", headers={"Retry-After": "2"}))
    with pytest.raises(APIStatusError, match="Slow down") as refused:
        await words(sandbox, once)
    assert refused.value.status_code == 429
    assert await words(sandbox, once) == "Good day to you."


async def test_a_retry_gets_the_answer_that_was_refused(sandbox: Sandbox, once: APIConnectOptions) -> None:
    sandbox.openai.hook = Refusing(Refusal(503), times=2)
    assert await words(sandbox, replace(once, max_retry=2, retry_interval=0.01)) == "Good day to you."
    assert len(sandbox.asked("openai", "/v1/chat/completions")) == 3


async def test_a_stream_can_be_cut_in_the_middle(sandbox: Sandbox, once: APIConnectOptions) -> None:
    sandbox.openai.hook = At("chunk", 3, cut)
    with pytest.raises(APIConnectionError):
        await words(sandbox, once)
    assert await words(sandbox, once) == "Good day to you."


async def test_an_event_can_be_replaced_by_nonsense(sandbox: Sandbox, once: APIConnectOptions) -> None:
    sandbox.cartesia.hook = At("chunk", 1, lambda _: "{no json")
    with pytest.raises(APIConnectionError):
        await sound(sandbox, once)


async def test_an_event_can_be_swallowed(sandbox: Sandbox, once: APIConnectOptions) -> None:
    whole = await sound(sandbox, once)
    sandbox.cartesia.hook = At("chunk", 2, lambda _: None)
    assert await sound(sandbox, once) == pytest.approx(whole - 0.2, abs=0.01)


async def test_a_websocket_can_be_cut_and_the_next_connection_is_served(
    sandbox: Sandbox, oracle: Oracle, spoken: Callable[..., list[rtc.AudioFrame]], once: APIConnectOptions
) -> None:
    oracle.expect("Hello.", "Hello again.")
    sandbox.deepgram.hook = At("Results", 1, cut)
    recogniser = deepgram.STT(api_key="any", base_url=f"{sandbox.url}/v1/listen")
    finals = []
    for options in (once, once):
        stream = recogniser.stream(conn_options=options)
        for frame in spoken("what time is it"):
            stream.push_frame(frame)
        try:
            async for event in stream:
                if event.type == SpeechEventType.FINAL_TRANSCRIPT:
                    finals.append(event.alternatives[0].text)
                    break
        except APIError:
            finals.append("")
        await stream.aclose()
    assert finals == ["", "Hello again."]


async def test_a_hanging_answer_ends_with_the_plugin_or_with_the_sandbox(once: APIConnectOptions) -> None:
    asked = asyncio.Event()

    class Hanging(Hook):
        async def before_answer(self, request: Request) -> Refusal | None:
            asked.set()
            await asyncio.Event().wait()
            return None

    async with Sandbox() as sandbox:
        sandbox.openai.hook = sandbox.cartesia.hook = Hanging()
        with pytest.raises(APITimeoutError):
            await sound(sandbox, replace(once, timeout=0.1))
        asked.clear()
        asking = asyncio.create_task(words(sandbox, once))
        await asyncio.wait_for(asked.wait(), 30)
    with pytest.raises(APIConnectionError):
        await asking


async def test_what_a_plugin_asked_never_has_its_key(sandbox: Sandbox, once: APIConnectOptions) -> None:
    await (
        openai.LLM(api_key="sk-secret", base_url=f"{sandbox.url}/v1")
        .chat(chat_ctx=llm.ChatContext.empty(), conn_options=once)
        .collect()
    )
    assert "sk-secret" not in repr(sandbox.requests)


async def test_a_sandbox_that_does_not_run_and_a_port_in_use_say_what_to_do(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match="start it with `async with Sandbox"):
        _ = Sandbox().url
    port = int(sandbox.url.rpartition(":")[2])
    with pytest.raises(SandboxError, match=rf"port {port} cannot be used .*; choose another port"):
        await Sandbox(port=port).__aenter__()
