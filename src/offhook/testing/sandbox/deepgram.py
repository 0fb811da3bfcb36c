"""Emulates Deepgram's speech-to-text API: `/v1/listen` for streams and recordings, and `/v1/projects`."""

import asyncio
import time
import uuid
from collections.abc import Callable, Sequence
from typing import ClassVar

import av
from aiohttp import web

from offhook.testing.sandbox.hook import Json, Name, Refusal, Request
from offhook.testing.sandbox.provider import Exchange, Provider, Route, Socket
from offhook.testing.sandbox.sound import HEARING_RATE, decode
from offhook.testing.sandbox.stt import Began, Ended, Hearing, Interim, SttModel, whole_of
from offhook.testing.sandbox.tts import timed

__all__ = ["Deepgram"]

IDLE_TIMEOUT = 10.0
"""The server closes a connection after this many seconds without audio and without a text message (KeepAlive)."""

SHORTEST_PAUSE = 0.3
"""The minimum seconds of silence that end an utterance.

A shorter `endpointing` in the request has no effect, because it would split an utterance between words.
"""

MODEL = {"name": "sandbox", "version": "0", "arch": "sandbox"}


class Deepgram(Provider):
    """The emulated speech-to-text provider."""

    name: ClassVar[Name] = "deepgram"
    wording: ClassVar[dict[int, tuple[str, str]]] = {
        400: ("Bad Request", "Bad Request: this sandbox does not support the request"),
        401: ("INVALID_AUTH", "Invalid credentials."),
        402: ("ASR_PAYMENT_REQUIRED", "Project does not have enough credits for an ASR request."),
        429: ("TOO_MANY_REQUESTS", "Too many requests. Please try again later"),
        503: ("SERVICE_UNAVAILABLE", "Please try again later."),
    }

    def __init__(self, keep: Callable[[Request], None], stt: SttModel) -> None:
        super().__init__(keep)
        self.stt = stt
        self.idle_timeout = IDLE_TIMEOUT

    def routes(self) -> Sequence[Route]:
        return (
            Route("connect", "/v1/listen", self._listen),
            Route("post", "/v1/listen", self._recorded),
            Route("get", "/v1/projects", self._projects),
        )

    def key(self, http: web.Request) -> tuple[str, str]:
        form, _, key = http.headers.get("Authorization", "").partition(" ")
        return form, key if form == "Token" else ""

    def refuse(self, refusal: Refusal, http: web.Request) -> web.Response:  # noqa: ARG002  # the same for all paths
        refusal = self.worded(refusal)
        body = {"err_code": refusal.code, "err_msg": refusal.message, "request_id": str(uuid.uuid4())}
        headers = {"dg-error": refusal.message, **refusal.headers}
        return web.json_response(body, status=refusal.status, headers=headers)

    def complain(self, refusal: Refusal, about: Json) -> Json:  # noqa: ARG002  # the error does not depend on the message
        refusal = self.worded(refusal)
        return {"type": "Error", "description": refusal.message, "message": refusal.code, "variant": "SchemaError"}

    async def _listen(self, exchange: Exchange) -> web.StreamResponse:
        query = exchange.request.query
        if query.get("encoding") != "linear16" or query.get("channels", "1") != "1":
            refusal = Refusal(400, "the sandbox supports only encoding=linear16 with channels=1")
            return self.refuse(refusal, exchange.http)
        listening = _Listening(self, exchange, await Socket(self, exchange).open())
        try:
            await listening.run()
        finally:
            listening.hearing.close()
        return listening.socket.websocket

    async def _recorded(self, exchange: Exchange) -> web.StreamResponse:
        try:
            pcm = await asyncio.get_running_loop().run_in_executor(None, decode, await exchange.http.read())
        except (av.FFmpegError, IndexError):
            text = "Bad Request: failed to process audio: corrupt or unsupported data"
            return self.refuse(Refusal(400, text), exchange.http)
        seconds = len(pcm) / 2 / HEARING_RATE
        transcript = await whole_of(self.stt, pcm)
        channel = {"alternatives": [_alternative(transcript, 0.0, seconds)]}
        metadata = _metadata(str(uuid.uuid4()), seconds) | {"models": [MODEL["name"]], "model_info": {}}
        return web.json_response({"metadata": metadata, "results": {"channels": [channel]}})

    async def _projects(self, exchange: Exchange) -> web.StreamResponse:  # noqa: ARG002  # there is one project
        return web.json_response({"projects": [{"project_id": str(uuid.UUID(int=1)), "name": "sandbox"}]})


class _Listening:
    """One `/v1/listen` connection."""

    def __init__(self, deepgram: Deepgram, exchange: Exchange, socket: Socket) -> None:
        self._deepgram, self._query, self.socket = deepgram, exchange.request.query, socket
        self._exchange, self._id = exchange, str(uuid.uuid4())
        endpointing = self._query.get("endpointing", "10")
        pause = int(endpointing) / 1000 if endpointing.isdigit() else 0.0
        rate = int(self._query.get("sample_rate", HEARING_RATE))
        self.hearing = Hearing(deepgram.stt, rate=rate, silence=max(SHORTEST_PAUSE, pause))
        self._utterance_end: float | None = None

    async def run(self) -> None:
        try:
            async for message in self.socket.received(quiet_for=self._deepgram.idle_timeout):
                if isinstance(message, bytes):
                    await self._hear(message)
                elif not await self._dispatch(message):
                    return
        except TimeoutError:
            reason = b"Deepgram did not receive audio data or a text message within the timeout window."
            await self.socket.websocket.close(code=1011, message=b"NET-0001 " + reason)

    async def _dispatch(self, message: Json) -> bool:
        """Handle one text message of the client; returns False after `CloseStream`, the last message."""
        path = self._exchange.request.path
        refusal = await self._deepgram.admit(Request("deepgram", path, "message", message))
        if refusal is not None:
            await self.socket.send(self._deepgram.complain(refusal, message))
            return True
        match message.get("type"):
            case "Finalize" | "CloseStream" as kind:
                if ended := await self.hearing.finish():
                    await self._ended(ended, asked=kind == "Finalize")
                if kind == "CloseStream":
                    await self._close()
                    return False
            case "KeepAlive":
                pass
            case other:
                text = f"unknown variant `{other}`, expected one of `KeepAlive`, `Finalize`, `CloseStream`"
                await self.socket.send(self._deepgram.complain(Refusal(400, text), message))
        return True

    async def _hear(self, pcm: bytes) -> None:
        async for event in self.hearing.hear(pcm):
            match event:
                case Began(at):
                    self._utterance_end = None
                    if self._query.get("vad_events") == "true":
                        await self.socket.send({"type": "SpeechStarted", "channel": [0], "timestamp": at})
                case Interim(text, start, end):
                    if self._query.get("interim_results") == "true":
                        await self.socket.send(self._results(text, start, end))
                case Ended():
                    await self._ended(event)
        if self._utterance_end is not None and self.hearing.heard >= self._utterance_end:
            last = self._utterance_end - int(self._query["utterance_end_ms"]) / 1000
            self._utterance_end = None
            await self.socket.send({"type": "UtteranceEnd", "channel": [0, 1], "last_word_end": last})

    async def _ended(self, ended: Ended, *, asked: bool = False) -> None:
        await self.socket.send(self._results(ended.text, ended.start, ended.end, final=True, asked=asked))
        if ended.text and self._query.get("utterance_end_ms", "").isdigit():
            self._utterance_end = ended.end + int(self._query["utterance_end_ms"]) / 1000

    def _results(self, text: str, start: float, end: float, *, final: bool = False, asked: bool = False) -> Json:
        return {
            "type": "Results",
            "channel_index": [0, 1],
            "duration": end - start,
            "start": start,
            "is_final": final,
            "speech_final": final and self._query.get("endpointing") != "false",
            "channel": {"alternatives": [_alternative(text, start, end - start)]},
            "metadata": {"request_id": self._id, "model_info": MODEL, "model_uuid": str(uuid.UUID(int=1))},
            "from_finalize": asked,
        }

    async def _close(self) -> None:
        await self.socket.send({"type": "Metadata", **_metadata(self._id, self.hearing.heard)})
        await self.socket.websocket.close()


def _metadata(name: str, seconds: float) -> Json:
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time()))
    metadata = {"transaction_key": "deprecated", "request_id": name, "sha256": "0" * 64, "created": created}
    return {**metadata, "duration": seconds, "channels": 1}


def _alternative(text: str, start: float, seconds: float) -> Json:
    words = [
        {
            "word": word.lower().strip(".,!?;:"),
            "start": begins,
            "end": ends,
            "confidence": 0.99,
            "punctuated_word": word,
        }
        for word, begins, ends in timed(text, start=start, seconds=seconds)
    ]
    return {"transcript": text, "confidence": 0.99 if text else 0.0, "words": words}
