"""OpenAI's Realtime: one websocket, `/v1/realtime`, that hears, thinks and speaks."""

import asyncio
from dataclasses import dataclass

from aiohttp import web

from offhook.testing.sandbox.brain import Asked, Brain, Line, answer_of
from offhook.testing.sandbox.conversation import Conversation, new_id
from offhook.testing.sandbox.ears import Ears
from offhook.testing.sandbox.hook import Cut, Json, Refusal, Request
from offhook.testing.sandbox.provider import Provider, Socket, Visit
from offhook.testing.sandbox.speaking import Speaking
from offhook.testing.sandbox.turns import Turns
from offhook.testing.sandbox.voice import Voice

__all__ = ["Realtime", "Senses"]

SOUND = "input_audio_buffer.append"
"""Not kept among the requests: there are ten a second."""


@dataclass(frozen=True, slots=True)
class Senses:
    """What a model hears, thinks and speaks with."""

    ears: Ears
    brain: Brain
    voice: Voice


class Realtime:
    """One connection; with `intent=transcription` it only hears."""

    def __init__(self, provider: Provider, visit: Visit, senses: Senses) -> None:
        self._provider, self._visit, self._senses = provider, visit, senses
        self._socket = Socket(provider, visit)
        self._session = _session(visit.request)
        self._conversation = Conversation()
        self._turns = Turns(self._send, self._conversation, senses.ears)
        self._response: asyncio.Task[None] | None = None

    async def run(self) -> web.StreamResponse:
        await self._socket.open()
        await self._send({"type": "session.created", "session": self._session})
        try:
            async for message in self._socket.received():
                if isinstance(message, dict):
                    await self._take(message)
        finally:
            self._turns.clear()
            await self._stop()
        return self._socket.websocket

    async def _send(self, event: Json) -> None:
        await self._socket.send({"event_id": new_id("event"), **event})

    async def _take(self, message: Json) -> None:
        kind = str(message.get("type"))
        if kind == SOUND:
            answer = await self._hear(message.get("audio"))
        else:
            request = Request("openai", self._visit.request.path, "message", message)
            answer = await self._provider.admit(request) or await self._obey(kind, message)
        if isinstance(answer, Refusal):
            await self._send(self._provider.complain(answer, message))

    async def _obey(self, kind: str, message: Json) -> Refusal | None:
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
        """Do what a client wants done to the conversation."""
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

    async def _respond(self, wanted: Json) -> Refusal | None:
        if self._response is not None and not self._response.done():
            told = "Conversation already has an active response in progress."
            return Refusal(400, told, "conversation_already_has_active_response")
        await self._stop()
        asked = self._asked(wanted)
        speaking = Speaking(self._send, self._conversation, self._senses.voice, wanted, self._session)
        answer = answer_of(self._senses.brain, asked)
        self._response = asyncio.create_task(speaking.run(asked, answer), name=speaking.id)
        return None

    def _asked(self, wanted: Json) -> Asked:
        """What the model is shown; instructions for one response are what is to be answered now."""
        always, once = str(self._session.get("instructions") or ""), str(wanted.get("instructions") or "")
        now = once.removeprefix(always).strip()
        lines = [Line("system", always)] if always else []
        lines += [*self._conversation.lines(), *([Line("system", now)] if now else [])]
        choice = wanted.get("tool_choice") or self._session.get("tool_choice")
        tools = [] if choice == "none" else wanted.get("tools") or self._session.get("tools") or []
        names = frozenset(str(tool["name"]) for tool in tools if "name" in tool)
        return Asked(tuple(lines), names, str(self._session["model"]))

    async def _cancel(self, response: object) -> Refusal | None:
        task = self._response
        if task is None or task.done() or (response and response != task.get_name()):
            return Refusal(400, "Cancellation failed: no active response found", "response_cancel_not_active")
        await self._stop()
        return None

    async def _stop(self) -> None:
        """End the response that is being sent, if there is one."""
        task, self._response = self._response, None
        if task is None:
            return
        task.cancel()
        (error,) = await asyncio.gather(task, return_exceptions=True)
        # A hook cut the line, or the plugin is gone: the loop that reads it will see so.
        if isinstance(error, Exception) and not isinstance(error, (Cut, ConnectionError)):
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
    """The old one with what the new one has, into every depth."""
    merged = dict(old)
    for name, value in new.items():
        here = merged.get(name)
        merged[name] = _merged(here, value) if isinstance(here, dict) and isinstance(value, dict) else value
    return merged
