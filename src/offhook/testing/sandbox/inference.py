"""Emulates LiveKit Inference: `/v1/stt` and `/v1/tts`.

The LLM of LiveKit Inference has the protocol and path of OpenAI, so the emulated OpenAI answers the LLM requests.
"""

import base64
import binascii
import uuid
from collections.abc import Callable, Sequence
from typing import ClassVar

from aiohttp import web

from offhook.testing.sandbox.hook import Json, Name, Refusal, Request
from offhook.testing.sandbox.provider import Exchange, Provider, Route, Socket
from offhook.testing.sandbox.realtime import Models
from offhook.testing.sandbox.sound import HEARING_RATE
from offhook.testing.sandbox.stt import Began, Ended, Hearing, Interim
from offhook.testing.sandbox.tts import timed

__all__ = ["Inference"]

CHUNK = 0.2  # seconds of audio in one message
PAUSE = 0.3
"""Seconds of silence that end an utterance."""


class Inference(Provider):
    """The emulated gateway of LiveKit Inference. The gateway accepts any model name."""

    name: ClassVar[Name] = "inference"
    wording: ClassVar[dict[int, tuple[str, str]]] = {
        400: ("invalid_request", "this sandbox does not support the request"),
        401: ("unauthorized", "invalid token"),
        429: ("quota_exceeded", "the quota is exceeded"),
    }

    def __init__(self, keep: Callable[[Request], None], models: Models) -> None:
        super().__init__(keep)
        self.models = models

    def routes(self) -> Sequence[Route]:
        return (Route("connect", "/v1/stt", self._hear), Route("connect", "/v1/tts", self._speak))

    def key(self, http: web.Request) -> tuple[str, str]:
        form, _, key = http.headers.get("Authorization", "").partition(" ")
        return form, key if form == "Bearer" else ""

    def refuse(self, refusal: Refusal, http: web.Request) -> web.Response:  # noqa: ARG002  # the same for all paths
        refusal = self.worded(refusal)
        return web.json_response({"error": refusal.message}, status=refusal.status, headers=refusal.headers)

    def complain(self, refusal: Refusal, about: Json) -> Json:  # noqa: ARG002  # the error does not depend on the message
        refusal = self.worded(refusal)
        return {"type": "error", "code": refusal.status, "message": refusal.message}

    async def _hear(self, exchange: Exchange) -> web.StreamResponse:
        socket = await Socket(self, exchange).open()
        hearing = Hearing(self.models.stt, rate=HEARING_RATE, silence=PAUSE)
        try:
            async for message in socket.received():
                if not isinstance(message, dict):
                    continue
                if message.get("type") == "input_audio":
                    await _heard(socket, hearing, message)
                    continue
                refusal = await self._admitted(exchange, message)
                if refusal is not None:
                    await socket.send(self.complain(refusal, message))
                elif not await _told(socket, hearing, message):
                    break
        finally:
            hearing.close()
        return socket.websocket

    async def _speak(self, exchange: Exchange) -> web.StreamResponse:
        socket = await Socket(self, exchange).open()
        rate, session, start, failed = HEARING_RATE, str(uuid.uuid4()), 0.0, False
        async for message in socket.received():
            if not isinstance(message, dict):
                continue
            kind = message.get("type")
            refusal = await self._admitted(exchange, message)
            if refusal is not None:
                failed = True
                await socket.send(self.complain(refusal, message))
            elif kind == "session.create":
                rate = int(message.get("sample_rate", HEARING_RATE))
                await socket.send({"type": "session.created", "session_id": session})
            elif kind == "input_transcript":
                start += await self._say(socket, str(message.get("transcript", "")), rate, session, start)
            elif kind == "session.flush" and not failed:
                await socket.send({"type": "done", "session_id": session})
                session, start = str(uuid.uuid4()), 0.0
        return socket.websocket

    async def _admitted(self, exchange: Exchange, message: Json) -> Refusal | None:
        return await self.admit(Request("inference", exchange.request.path, "message", message))

    async def _say(self, socket: Socket, text: str, rate: int, session: str, start: float) -> float:
        """Send the audio of a sentence; returns the length of the audio in seconds."""
        if not text.strip():
            return 0.0
        sound = (await self.models.tts.say(text.strip())).at(rate)
        words = [
            {"word": word, "start": begins, "end": ends}
            for word, begins, ends in timed(text, start=start, seconds=sound.seconds)
        ]
        await socket.send({"type": "output_alignment", "session_id": session, "words": words})
        step = int(CHUNK * rate) * 2
        for offset in range(0, len(sound.pcm), step):
            data = base64.b64encode(sound.pcm[offset : offset + step]).decode()
            await socket.send({"type": "output_audio", "session_id": session, "audio": data})
        return sound.seconds


async def _told(socket: Socket, hearing: Hearing, message: Json) -> bool:
    """Handle one message of an STT client; returns False after `session.close`, the last message."""
    match message.get("type"):
        case "session.create":
            await socket.send({"type": "session.created"})
        case "session.finalize" | "session.close" as kind:
            if ended := await hearing.finish():
                await _ended(socket, ended)
            if kind == "session.close":
                await socket.send({"type": "session.closed"})
                return False
            await socket.send({"type": "session.finalized"})
    return True


async def _heard(socket: Socket, hearing: Hearing, message: Json) -> None:
    try:
        pcm = base64.b64decode(str(message.get("audio", "")), validate=True)
    except binascii.Error:
        await socket.send({"type": "error", "code": 400, "message": "the audio is not base64"})
        return
    async for event in hearing.hear(pcm):
        match event:
            case Began():
                await socket.send({"type": "start_of_speech"})
            case Interim(text, start, end):
                await socket.send(_transcript("interim_transcript", text, start, end))
            case Ended():
                await _ended(socket, event)


async def _ended(socket: Socket, ended: Ended) -> None:
    await socket.send(_transcript("final_transcript", ended.text, ended.start, ended.end))


def _transcript(kind: str, text: str, start: float, end: float) -> Json:
    words = [
        {"word": word, "start": begins, "end": ends, "confidence": 0.99}
        for word, begins, ends in timed(text, start=start, seconds=end - start)
    ]
    whole = {"transcript": text, "start": start, "duration": end - start, "confidence": 0.99, "language": "en"}
    return {"type": kind, **whole, "words": words}
