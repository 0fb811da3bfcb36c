"""Emulates OpenAI and OpenAI-compatible servers: models, chat, Responses, Realtime, transcriptions and speech."""

import asyncio
import base64
from collections.abc import Callable, Sequence
from typing import ClassVar

import av
from aiohttp import web

from offhook.testing.sandbox.chat import complete
from offhook.testing.sandbox.hook import Json, Name, Refusal, Request
from offhook.testing.sandbox.provider import Exchange, Provider, Route, Stream
from offhook.testing.sandbox.realtime import Models, Realtime
from offhook.testing.sandbox.responses import Responses
from offhook.testing.sandbox.sound import FORMATS, HEARING_RATE, OPENAI_RATE, Sound, decode, encode
from offhook.testing.sandbox.stt import whole_of

__all__ = ["OpenAI"]

CHUNK = 8192
MODELS = (
    *("gpt-4.1", "gpt-4.1-mini", "gpt-realtime"),
    *("gpt-4o-mini-transcribe", "gpt-4o-mini-tts", "whisper-1", "tts-1", "sandbox"),
)


class OpenAI(Provider):
    """The emulated provider of STT, LLM, TTS and Realtime models."""

    name: ClassVar[Name] = "openai"
    wording: ClassVar[dict[int, tuple[str, str]]] = {
        400: ("invalid_value", "This sandbox does not support the request."),
        401: ("invalid_api_key", "Incorrect API key provided."),
        429: ("rate_limit_exceeded", "Rate limit reached for this model."),
        500: ("server_error", "The server had an error while processing your request."),
        503: ("server_error", "The engine is currently overloaded, please try again later."),
    }
    types: ClassVar[dict[int, str]] = {429: "requests", 500: "server_error", 503: "server_error"}

    def __init__(self, keep: Callable[[Request], None], models: Models) -> None:
        super().__init__(keep)
        self.models = models
        self._responses = Responses(self, models.llm)

    def routes(self) -> Sequence[Route]:
        return (
            Route("get", "/v1/models", self._models),
            Route("post", "/v1/chat/completions", self._chat),
            Route("post", "/v1/responses", self._responses.post),
            Route("connect", "/v1/responses", self._responses.connect),
            Route("connect", "/v1/realtime", self._realtime),
            Route("post", "/v1/audio/transcriptions", self._transcribe),
            Route("post", "/v1/audio/speech", self._speak),
        )

    def key(self, http: web.Request) -> tuple[str, str]:
        form, _, key = http.headers.get("Authorization", "").partition(" ")
        return form, key if form == "Bearer" else ""

    def refuse(self, refusal: Refusal, http: web.Request) -> web.Response:  # noqa: ARG002  # the same for all paths
        headers = {"x-request-id": "req_sandbox", **refusal.headers}
        return web.json_response({"error": self._error(refusal)}, status=refusal.status, headers=headers)

    def complain(self, refusal: Refusal, about: Json) -> Json:
        return {"type": "error", "error": {**self._error(refusal), "event_id": about.get("event_id")}}

    def _error(self, refusal: Refusal) -> Json:
        refusal = self.worded(refusal)
        kind = self.types.get(refusal.status, "invalid_request_error")
        return {"message": refusal.message, "type": kind, "param": None, "code": refusal.code}

    async def _models(self, exchange: Exchange) -> web.StreamResponse:  # noqa: ARG002  # the list is constant
        listed = [{"id": name, "object": "model", "created": 0, "owned_by": "sandbox"} for name in MODELS]
        return web.json_response({"object": "list", "data": listed})

    async def _chat(self, exchange: Exchange) -> web.StreamResponse:
        return await complete(self, exchange, self.models.llm)

    async def _realtime(self, exchange: Exchange) -> web.StreamResponse:
        return await Realtime(self, exchange, self.models).run()

    async def _transcribe(self, exchange: Exchange) -> web.StreamResponse:
        file = (await exchange.http.post()).get("file")
        if not isinstance(file, web.FileField):
            return self.refuse(Refusal(400, "file is required", "missing_required_parameter"), exchange.http)
        try:
            pcm = await asyncio.get_running_loop().run_in_executor(None, decode, file.file.read())
        except (av.FFmpegError, IndexError):
            return self.refuse(Refusal(400, "Audio file might be corrupted or unsupported"), exchange.http)
        text, seconds = await whole_of(self.models.stt, pcm), len(pcm) / 2 / HEARING_RATE
        usage = {"type": "duration", "seconds": round(seconds)}
        match exchange.body.get("response_format", "json"):
            case "text":
                return web.Response(text=f"{text}\n")
            case "verbose_json":
                fields = {"task": "transcribe", "language": "english", "duration": seconds, "segments": []}
                return web.json_response({**fields, "text": text, "usage": usage})
        return web.json_response({"text": text, "usage": usage})

    async def _speak(self, exchange: Exchange) -> web.StreamResponse:
        body = exchange.body
        kind, text = body.get("response_format", "mp3"), body.get("input")
        if not isinstance(text, str) or not (kind == "pcm" or kind in FORMATS):
            message = f"input must be text and response_format one of pcm, {', '.join(FORMATS)}"
            return self.refuse(Refusal(400, message), exchange.http)
        sound = (await self.models.tts.say(text)).at(OPENAI_RATE)
        file = await asyncio.get_running_loop().run_in_executor(None, encode, sound, kind)
        if body.get("stream_format") == "sse":
            return await self._speech_events(exchange, text, sound, file)
        stream = await Stream(self, exchange, "audio/pcm" if kind == "pcm" else FORMATS[kind][2]).open()
        for offset in range(0, len(file), CHUNK):
            await stream.piece(file[offset : offset + CHUNK], kind="chunk")
        return stream.response

    async def _speech_events(self, exchange: Exchange, text: str, sound: Sound, file: bytes) -> web.StreamResponse:
        """Send the audio file as server-sent events.

        The usage counts one input token for each word, and one output token for each 0.1 s of audio.
        """
        stream = await Stream(self, exchange).open()
        for offset in range(0, len(file), CHUNK):
            data = base64.b64encode(file[offset : offset + CHUNK]).decode()
            delta = {"type": "speech.audio.delta", "audio": data}
            await stream.event(delta, kind="speech.audio.delta")
        words, tenths = len(text.split()), round(sound.seconds * 10)
        usage = {"input_tokens": words, "output_tokens": tenths, "total_tokens": words + tenths}
        await stream.event({"type": "speech.audio.done", "usage": usage}, kind="speech.audio.done")
        return stream.response
