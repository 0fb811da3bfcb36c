"""Emulates Cartesia's text-to-speech API: `/tts/websocket`, `/tts/bytes` and `/voices`."""

import asyncio
import base64
import uuid
from collections.abc import Callable, Sequence
from typing import ClassVar

from aiohttp import web

from offhook.testing.sandbox.hook import Json, Name, Refusal, Request
from offhook.testing.sandbox.provider import Exchange, Provider, Route, Socket, Stream
from offhook.testing.sandbox.sound import FORMATS, encode
from offhook.testing.sandbox.tts import TtsModel, timed

__all__ = ["Cartesia"]

CHUNK = 0.2  # seconds of audio
JSON_ERRORS_SINCE = "2026-03-01"


class Cartesia(Provider):
    """The emulated text-to-speech provider."""

    name: ClassVar[Name] = "cartesia"
    wording: ClassVar[dict[int, tuple[str, str]]] = {
        400: ("bad_request", "This sandbox does not support the request."),
        401: ("unauthorized", "Invalid API key."),
        402: ("payment_required", "Credit limit reached."),
        429: ("concurrency_limited", "You have exceeded your plan's concurrency limit."),
        500: ("internal_error", "Something went wrong."),
    }

    def __init__(self, keep: Callable[[Request], None], tts: TtsModel) -> None:
        super().__init__(keep)
        self.tts = tts

    def routes(self) -> Sequence[Route]:
        return (
            Route("connect", "/tts/websocket", self._websocket),
            Route("post", "/tts/bytes", self._bytes),
            Route("get", "/voices", self._voices),
        )

    def key(self, http: web.Request) -> tuple[str, str]:
        if "X-API-Key" in http.headers:
            return "X-API-Key", http.headers["X-API-Key"]
        form, _, key = http.headers.get("Authorization", "").partition(" ")
        return form, key if form == "Bearer" else ""

    def refuse(self, refusal: Refusal, http: web.Request) -> web.Response:
        refusal = self.worded(refusal)
        version = http.headers.get("Cartesia-Version") or http.query.get("cartesia_version", "")
        if version < JSON_ERRORS_SINCE:
            text = f"{_title(refusal)}: {refusal.message}"
            return web.Response(text=text, status=refusal.status, headers=refusal.headers)
        body = {"error_code": refusal.code or None, "title": _title(refusal), "message": refusal.message}
        body["request_id"] = str(uuid.uuid4())
        return web.json_response(body, status=refusal.status, headers=refusal.headers)

    def complain(self, refusal: Refusal, about: Json) -> Json:
        refusal = self.worded(refusal)
        error = {"type": "error", "done": True, "status_code": refusal.status, "error_code": refusal.code or None}
        error |= {"title": _title(refusal), "message": refusal.message, "error": refusal.message}
        context = str(about.get("context_id", ""))
        return {**error, "context_id": context, "request_id": f"{uuid.uuid4()}:{context}"}

    async def _websocket(self, exchange: Exchange) -> web.StreamResponse:
        socket = await Socket(self, exchange).open()
        contexts = dict[str, float]()
        async for message in socket.received():
            if isinstance(message, dict):
                refusal = await self.admit(Request("cartesia", exchange.request.path, "message", message))
                refusal = refusal or _invalid(message, websocket=True)
                if refusal is not None:
                    await socket.send(self.complain(refusal, message))
                else:
                    await self._speak(socket, message, contexts)
        return socket.websocket

    async def _speak(self, socket: Socket, message: Json, contexts: dict[str, float]) -> None:
        """Answer one message; `contexts` maps each Cartesia context to the seconds of its audio sent so far."""
        context = str(message["context_id"])
        if message.get("cancel"):
            contexts.pop(context, None)
            return
        tag = {"context_id": context, "status_code": 206, "done": False}
        if text := str(message["transcript"]).strip():
            sound = (await self.tts.say(text)).at(int(message["output_format"]["sample_rate"]))
            start = contexts.get(context, 0.0)
            contexts[context] = start + sound.seconds
            if message.get("add_timestamps"):
                words = _timestamps(text, start, sound.seconds)
                await socket.send({"type": "timestamps", **tag, "word_timestamps": words})
            step = int(CHUNK * sound.rate) * 2
            for offset in range(0, len(sound.pcm), step):
                data = base64.b64encode(sound.pcm[offset : offset + step]).decode()
                await socket.send({"type": "chunk", **tag, "step_time": 1.0, "data": data})
        if message.get("flush"):
            await socket.send({"type": "flush_done", **tag, "flush_id": 1, "flush_done": True})
        if not message.get("continue"):
            contexts.pop(context, None)
            await socket.send({"type": "done", **tag, "status_code": 200, "done": True})

    async def _bytes(self, exchange: Exchange) -> web.StreamResponse:
        body = exchange.body
        if refusal := _invalid(body, websocket=False):
            return self.refuse(refusal, exchange.http)
        output_format = body["output_format"]
        sound = (await self.tts.say(str(body["transcript"]))).at(int(output_format["sample_rate"]))
        kind = "pcm" if output_format["container"] == "raw" else str(output_format["container"])
        file = await asyncio.get_running_loop().run_in_executor(None, encode, sound, kind)
        content_type = "application/octet-stream" if kind == "pcm" else FORMATS[kind][2]
        stream = await Stream(self, exchange, content_type).open()
        step = int(CHUNK * sound.rate) * 2
        for offset in range(0, len(file), step):
            await stream.piece(file[offset : offset + step], kind="chunk")
        return stream.response

    async def _voices(self, exchange: Exchange) -> web.StreamResponse:  # noqa: ARG002  # there is one voice
        voice = {
            "id": str(uuid.UUID(int=1)),
            "name": "Sandbox",
            "tagline": "",
            "description": "The voice of the sandbox.",
            "language": "en",
            "locales": [{"locale": "en-US", "is_native": True}],
            "access": "public",
            "visibility": "all",
            "is_owner": False,
            "is_public": True,
            "created_at": "2026-01-01T00:00:00Z",
        }
        return web.json_response({"data": [voice], "has_more": False, "next_page": None})


def _invalid(message: Json, *, websocket: bool) -> Refusal | None:
    """Return a refusal if the message is invalid or the sandbox does not support it; None for a valid message."""
    if websocket and not message.get("context_id"):
        return Refusal(400, "context_id is required")
    if message.get("cancel"):
        return None
    output_format = message.get("output_format")
    if not isinstance(output_format, dict) or not isinstance(message.get("transcript"), str):
        return Refusal(400, "transcript and output_format are required")
    containers = ("raw",) if websocket else ("raw", "wav", "mp3")
    if output_format.get("container") not in containers:
        return Refusal(400, f"container must be one of {', '.join(containers)}")
    if output_format["container"] == "raw" and output_format.get("encoding") != "pcm_s16le":
        return Refusal(400, "the sandbox supports only pcm_s16le")
    if not isinstance(output_format.get("sample_rate"), int) or output_format["sample_rate"] <= 0:
        return Refusal(400, "sample_rate must be a positive number of samples per second")
    return None


def _timestamps(text: str, start: float, seconds: float) -> Json:
    words = timed(text, start=start, seconds=seconds)
    return {
        "words": [word for word, _, _ in words],
        "start": [begins for _, begins, _ in words],
        "end": [ends for _, _, ends in words],
    }


def _title(refusal: Refusal) -> str:
    return refusal.code.replace("_", " ").capitalize() or "Error"
