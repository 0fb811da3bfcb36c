"""The caller's turns in a Realtime session: converts audio to conversation items."""

import base64
import binascii
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Literal

from offhook.testing.sandbox.conversation import Conversation, new_id
from offhook.testing.sandbox.hook import Json, Refusal
from offhook.testing.sandbox.sound import OPENAI_RATE
from offhook.testing.sandbox.stt import Began, Ended, Hearing, SttModel

__all__ = ["Turns"]

PAUSE = 0.5
FOR_EVER = 1e9


class Turns:
    """Adds each utterance to the conversation. Without turn detection, an utterance ends only when the client commits
    the audio.
    """

    def __init__(self, send: Callable[[Json], Awaitable[None]], conversation: Conversation, stt: SttModel) -> None:
        self._send, self._conversation = send, conversation
        self._hearing = Hearing(stt, rate=OPENAI_RATE, silence=PAUSE)
        self._item = ""

    async def hear(self, audio: object, settings: Json) -> AsyncIterator[Literal["began", "ended"] | Refusal]:
        """Add audio and yield the turn events in it; `settings` are the session's settings under `audio.input`."""
        try:
            pcm = base64.b64decode(str(audio), validate=True)
        except binascii.Error:
            yield Refusal(400, "Invalid 'audio'. Expected base64-encoded audio bytes.", "invalid_value")
            return
        detection = settings.get("turn_detection")
        self._hearing.silence = (detection.get("silence_duration_ms") or PAUSE * 1000) / 1000 if detection else FOR_EVER
        async for event in self._hearing.hear(pcm):
            match event:
                case Began(at):
                    self._item = new_id("item")
                    if detection:
                        began = {"item_id": self._item, "audio_start_ms": round(at * 1000)}
                        await self._send({"type": "input_audio_buffer.speech_started", **began})
                        yield "began"
                case Ended(_, _, end):
                    ended = {"item_id": self._item, "audio_end_ms": round(end * 1000)}
                    await self._send({"type": "input_audio_buffer.speech_stopped", **ended})
                    await self._add_turn(event, settings)
                    yield "ended"

    async def commit(self, settings: Json) -> Refusal | None:
        """End the caller's turn with the audio received so far."""
        ended = await self._hearing.finish()
        if ended is None:
            text = "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio."
            return Refusal(400, text, "input_audio_buffer_commit_empty")
        await self._add_turn(ended, settings)
        return None

    def clear(self) -> None:
        self._hearing.close()

    async def _add_turn(self, ended: Ended, settings: Json) -> None:
        """Add the turn as an item; send its transcript if transcription is on in the session."""
        content = {"type": "input_audio", "transcript": None}
        added = self._conversation.add(
            {"id": self._item, "type": "message", "role": "user", "content": [content]}, None
        )
        assert not isinstance(added, Refusal)  # the id is new, so `add` accepts the item
        before = {"item_id": self._item, "previous_item_id": added["previous_item_id"]}
        await self._send({"type": "input_audio_buffer.committed", **before})
        await self._send(added)
        await self._send({**added, "type": "conversation.item.done"})
        self._conversation.replace({**added["item"], "content": [{**content, "transcript": ended.text}]})
        if settings.get("transcription") is None:
            return
        item = {"item_id": self._item, "content_index": 0}
        event = "conversation.item.input_audio_transcription"
        if ended.text:
            await self._send({"type": f"{event}.delta", **item, "delta": ended.text})
        usage = {"type": "duration", "seconds": round(ended.end - ended.start, 3)}
        await self._send({"type": f"{event}.completed", **item, "transcript": ended.text, "usage": usage})
