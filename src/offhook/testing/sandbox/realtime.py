"""Emulates OpenAI's Realtime API: one websocket, `/v1/realtime`, with STT, LLM and TTS."""

import asyncio
from dataclasses import dataclass

from aiohttp import web

from offhook.testing.sandbox.conversation import Conversation, new_id
from offhook.testing.sandbox.hook import Disconnect, Json, Refusal, Request
from offhook.testing.sandbox.llm import Asked, Line, LlmModel, answer_of
from offhook.testing.sandbox.provider import Exchange, Provider, Socket
from offhook.testing.sandbox.speaking import Speaking
from offhook.testing.sandbox.stt import SttModel
from offhook.testing.sandbox.tts import TtsModel
from offhook.testing.sandbox.turns import Turns

__all__ = ["Models", "Realtime"]

AUDIO_APPEND = "input_audio_buffer.append"
"""Messages of this type are not recorded in `Sandbox.requests`, because ten of them arrive per second."""


@dataclass(frozen=True, slots=True)
class Models:
    """The models behind an emulated provider."""

    stt: SttModel
    llm: LlmModel
    tts: TtsModel


class Realtime:
    """One Realtime connection. With `intent=transcription` in its URL, the server only transcribes."""

    def __init__(self, provider: Provider, exchange: Exchange, models: Models) -> None:
        self._provider, self._exchange, self._models = provider, exchange, models
        self._socket = Socket(provider, exchange)
        self._session = _session(exchange.request)
        self._conversation = Conversation()
        self._turns = Turns(self._send, self._conversation, models.stt)
        self._response: asyncio.Task[None] | None = None

    async def run(self) -> web.StreamResponse:
        await self._socket.open()
        await self._send({"type": "session.created", "session": self._session})
        try:
            async for message in self._socket.received():
                if isinstance(message, dict):
                    await self._receive(message)
        finally:
            self._turns.clear()
            await self._stop()
        return self._socket.websocket

    async def _send(self, event: Json) -> None:
        await self._socket.send({"event_id": new_id("event"), **event})

    async def _receive(self, message: Json) -> None:
        kind = str(message.get("type"))
        if kind == AUDIO_APPEND:
            answer = await self._hear(message.get("audio"))
        else:
            request = Request("openai", self._exchange.request.path, "message", message)
            answer = await self._provider.admit(request) or await self._dispatch(kind, message)
        if isinstance(answer, Refusal):
            await self._send(self._provider.complain(answer, message))

    async def _dispatch(self, kind: str, message: Json) -> Refusal | None:
        match kind:
            case "session.update":
                self._session = _merged(self._session, message.get("session") or {})
                await self._send({"type": "session.updated", "session": self._session})
                return None
            case "input_audio_buffer.commit":
                return await self._turns.commit(self._session["audio"]["input"])
            case "input_audio_buffer.clear":
                self._turns.clear()
                await self._send({"type": "input_audio_buffer.cleared"})
                return None
            case "response.create":
                return await self._respond(message.get("response") or {})
            case "response.cancel":
                return await self._cancel(message.get("response_id"))
        return await self._change(kind, message)

    async def _change(self, kind: str, message: Json) -> Refusal | None:
        """Change the conversation as this message of the client asks."""
        name = str(message.get("item_id"))
        match kind:
            case "conversation.item.create":
                answer = self._conversation.add(message.get("item") or {}, message.get("previous_item_id"))
            case "conversation.item.delete":
                answer = self._conversation.delete(name)
            case "conversation.item.truncate":
                answer = self._conversation.truncate(message)
            case "conversation.item.retrieve":
                answer = self._conversation.retrieve(name)
            case _:
                answer = Refusal(400, f"Invalid value: {kind!r}.", "invalid_value")
        if isinstance(answer, Refusal):
            return answer
        await self._send(answer)
        if kind == "conversation.item.create":
            await self._send({**answer, "type": "conversation.item.done"})
        return None

    async def _hear(self, audio: object) -> Refusal | None:
        settings = self._session["audio"]["input"]
        detection = settings.get("turn_detection") or {}
        async for event in self._turns.hear(audio, settings):
            if isinstance(event, Refusal):
                return event
            if event == "began" and detection.get("interrupt_response", True):
                await self._stop()
            if event == "ended" and self._session["type"] == "realtime" and detection.get("create_response", True):
                await self._stop()
                await self._respond({})
        return None

    async def _respond(self, options: Json) -> Refusal | None:
        if self._response is not None and not self._response.done():
            text = "Conversation already has an active response in progress."
            return Refusal(400, text, "conversation_already_has_active_response")
        await self._stop()
        asked = self._asked(options)
        speaking = Speaking(self._send, self._conversation, self._models.tts, options, self._session)
        answer = answer_of(self._models.llm, asked)
        self._response = asyncio.create_task(speaking.run(asked, answer), name=speaking.id)
        await asyncio.sleep(0)  # starts the task: if cancelled before its start, a task sends no `response.done`
        return None

    def _asked(self, options: Json) -> Asked:
        """Return the model input; instructions that are only for this response become the last line."""
        always, once = str(self._session.get("instructions") or ""), str(options.get("instructions") or "")
        now = once.removeprefix(always).strip()
        lines = [Line("system", always)] if always else []
        lines += [*self._conversation.lines(), *([Line("system", now)] if now else [])]
        choice = options.get("tool_choice") or self._session.get("tool_choice")
        tools = [] if choice == "none" else options.get("tools") or self._session.get("tools") or []
        names = frozenset(str(tool["name"]) for tool in tools if "name" in tool)
        return Asked(tuple(lines), names, str(self._session["model"]))

    async def _cancel(self, response: object) -> Refusal | None:
        task = self._response
        if task is None or task.done() or (response and response != task.get_name()):
            return Refusal(400, "Cancellation failed: no active response found", "response_cancel_not_active")
        await self._stop()
        return None

    async def _stop(self) -> None:
        """Cancel the response that is being sent, if any."""
        task, self._response = self._response, None
        if task is None:
            return
        task.cancel()
        (error,) = await asyncio.gather(task, return_exceptions=True)
        # These two errors mean that a hook cut the connection or the plugin closed it. The loop in `run` handles both.
        if isinstance(error, Exception) and not isinstance(error, (Disconnect, ConnectionError)):
            raise error


def _session(request: Request) -> Json:
    kind = "transcription" if request.query.get("intent") == "transcription" else "realtime"
    return {
        "type": kind,
        "object": "realtime.session",
        "id": new_id("sess"),
        "model": request.query.get("model", "gpt-realtime"),
        "output_modalities": ["audio"],
        "instructions": "",
        "tools": [],
        "tool_choice": "auto",
        "audio": {"input": {"turn_detection": {"type": "server_vad"}}, "output": {"voice": "sandbox"}},
    }


def _merged(old: Json, new: Json) -> Json:
    """Return `old` with `new` merged into it, recursively."""
    merged = dict(old)
    for name, value in new.items():
        current = merged.get(name)
        merged[name] = _merged(current, value) if isinstance(current, dict) and isinstance(value, dict) else value
    return merged
