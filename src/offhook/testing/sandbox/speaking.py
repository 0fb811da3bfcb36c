"""One response of a Realtime session, from `response.created` to `response.done`."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable

from offhook.testing.sandbox.chat import pieces
from offhook.testing.sandbox.conversation import Conversation, new_id
from offhook.testing.sandbox.hook import Json, Refusal
from offhook.testing.sandbox.llm import Answer, Asked
from offhook.testing.sandbox.sound import OPENAI_RATE
from offhook.testing.sandbox.tts import TtsModel

__all__ = ["Speaking"]


class Speaking:
    """Sends an answer as fast as possible, as text or as audio with a transcript.

    If the response is cancelled, its `response.done` has the status "cancelled".
    """

    def __init__(
        self,
        send: Callable[[Json], Awaitable[None]],
        conversation: Conversation,
        tts: TtsModel,
        options: Json,
        session: Json,
    ) -> None:
        self._send, self._conversation, self._tts = send, conversation, tts
        self._options, self._session = options, session
        self.id = new_id("resp")
        self._output: list[Json] = []

    async def run(self, asked: Asked, answer: Answer) -> None:
        try:
            await self._send({"type": "response.created", "response": self._response("in_progress")})
            if answer.text:
                await self._speak(answer.text)
            if answer.tool:
                await self._call(answer)
        except asyncio.CancelledError:
            details = {"type": "cancelled", "reason": "client_cancelled"}
            cancelled = {**self._response("cancelled"), "status_details": details, "usage": _usage(asked, Answer())}
            await self._send({"type": "response.done", "response": cancelled})
            raise
        done = {**self._response("completed"), "usage": _usage(asked, answer)}
        await self._send({"type": "response.done", "response": done})

    def _response(self, status: str) -> Json:
        return {
            "id": self.id,
            "object": "realtime.response",
            "status": status,
            "status_details": None,
            "output": list(self._output),
            "output_modalities": self._modalities(),
            "metadata": self._options.get("metadata"),
        }

    def _modalities(self) -> list[str]:
        return self._options.get("output_modalities") or self._session.get("output_modalities") or ["audio"]

    async def _speak(self, text: str) -> None:
        spoken = "audio" in self._modalities()
        item: Json = {"id": new_id("item"), "type": "message", "role": "assistant", "object": "realtime.item"}
        await self._begin({**item, "status": "in_progress", "content": []})
        place = {"response_id": self.id, "item_id": item["id"], "output_index": 0, "content_index": 0}
        empty = {"type": "audio", "transcript": ""} if spoken else {"type": "text", "text": ""}
        await self._send({"type": "response.content_part.added", **place, "part": empty})
        done = {"status": "completed", "content": [_content(text, spoken=spoken)]}
        try:
            if spoken:
                await self._sound(text, place)
            else:
                await self._words(text, place)
        except asyncio.CancelledError:
            self._conversation.replace({**item, **done, "status": "incomplete"})
            raise
        part = {"type": "audio", "transcript": text} if spoken else {"type": "text", "text": text}
        await self._send({"type": "response.content_part.done", **place, "part": part})
        await self._end({**item, **done})

    async def _sound(self, text: str, place: Json) -> None:
        sound = (await self._tts.say(text)).at(OPENAI_RATE)
        self._conversation.seconds[place["item_id"]] = sound.seconds
        words = pieces(text)
        step = -(-len(sound.pcm) // 2 // len(words)) * 2
        for number, word in enumerate(words):
            await self._send({"type": "response.output_audio_transcript.delta", **place, "delta": word})
            data = base64.b64encode(sound.pcm[number * step : (number + 1) * step]).decode()
            await self._send({"type": "response.output_audio.delta", **place, "delta": data})
        await self._send({"type": "response.output_audio.done", **place})
        await self._send({"type": "response.output_audio_transcript.done", **place, "transcript": text})

    async def _words(self, text: str, place: Json) -> None:
        for word in pieces(text):
            await self._send({"type": "response.output_text.delta", **place, "delta": word})
        await self._send({"type": "response.output_text.done", **place, "text": text})

    async def _call(self, answer: Answer) -> None:
        arguments = json.dumps(dict(answer.arguments))
        item: Json = {"id": new_id("item"), "type": "function_call", "object": "realtime.item", "name": answer.tool}
        item |= {"call_id": new_id("call"), "arguments": "", "status": "in_progress"}
        await self._begin(item)
        place = {"response_id": self.id, "item_id": item["id"], "output_index": len(self._output)}
        event = "response.function_call_arguments"
        call = {"call_id": item["call_id"]}
        await self._send({"type": f"{event}.delta", **place, **call, "delta": arguments})
        await self._send({"type": f"{event}.done", **place, **call, "arguments": arguments, "name": answer.tool})
        await self._end({**item, "arguments": arguments, "status": "completed"})

    async def _begin(self, item: Json) -> None:
        place = {"response_id": self.id, "output_index": len(self._output)}
        await self._send({"type": "response.output_item.added", **place, "item": item})
        added = self._conversation.add(item)
        assert not isinstance(added, Refusal)  # the id is new, so `add` accepts the item
        await self._send(added)

    async def _end(self, item: Json) -> None:
        place = {"response_id": self.id, "output_index": len(self._output)}
        self._output.append(item)
        self._conversation.replace(item)
        await self._send({"type": "response.output_item.done", **place, "item": item})
        before = {"previous_item_id": None}
        await self._send({"type": "conversation.item.done", **before, "item": item})


def _content(text: str, *, spoken: bool) -> Json:
    return {"type": "output_audio", "transcript": text} if spoken else {"type": "output_text", "text": text}


def _usage(asked: Asked, answer: Answer) -> Json:
    """Return the token usage. One word counts as one token, so that a test can calculate the usage."""
    return {
        "total_tokens": asked.words + answer.words,
        "input_tokens": asked.words,
        "output_tokens": answer.words,
        "input_token_details": {"text_tokens": asked.words, "audio_tokens": 0, "cached_tokens": 0},
        "output_token_details": {"text_tokens": answer.words, "audio_tokens": 0},
    }
