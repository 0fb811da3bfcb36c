"""Emulated providers for the real plugins in a compared call: STT, LLM and TTS results come from the spec."""

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Any

from offhook.testing.compare.model import Request, reply
from offhook.testing.compare.spec import CallSpec
from offhook.testing.compare.voice import PacedVoice
from offhook.testing.compare.work import Log
from offhook.testing.drill.rehearse import CHOSEN
from offhook.testing.drill.told_stt import ToldStt
from offhook.testing.sandbox import hook
from offhook.testing.sandbox.chat import asked_by_chat
from offhook.testing.sandbox.llm import Answer, Asked, context_of
from offhook.testing.sandbox.sandbox import Sandbox
from offhook.testing.sandbox.sound import Sound
from offhook.testing.simulation.caller_speech import SpeechSource
from offhook.testing.speech import RATE

__all__ = ["Wires"]

_CHAT, _REALTIME = "/v1/chat/completions", "/v1/realtime"
_NAME = re.compile(r"_[0-9a-f]{12,}")
_RANDOM = frozenset({"id", "event_id", "item_id", "call_id", "tool_call_id", "previous_item_id", "response_id"})


class Wires:
    """The emulated providers of one run.

    `requests` are the requests to OpenAI. `environ` has the environment variables that select the models.
    """

    def __init__(self, spec: CallSpec, log: Log) -> None:
        self._spec, self._log = spec, log
        self.environ: Mapping[str, str] = CHOSEN.get(spec.models, {})
        self.requests: list[Request] = []
        self._ears = ToldStt()
        self.sandbox = Sandbox(stt=self._ears, llm=self._answer, tts=_Paced(spec), on_request=self._note)
        self.sandbox.openai.hook = _Delay(self)

    def hears(self, words: str) -> None:
        """Set the words of the caller's next sound; "" for a noise."""
        self._ears.now = words
        if words:
            _, pcm = SpeechSource(sound=True).speech(words, None)
            assert pcm is not None
            self._ears.seconds = len(pcm) / RATE

    def _answer(self, asked: Asked) -> Answer:
        given = reply(self._spec, context_of(asked), sorted(asked.tools))
        name, arguments = given.calls[0] if given.calls else (None, "{}")
        return Answer(given.text, name, json.loads(arguments))

    def _note(self, request: hook.Request) -> None:
        if request.path not in (_CHAT, _REALTIME) or request.how == "connect":
            return
        self.requests.append(Request(asyncio.get_running_loop().time(), *_parse_request(request)))

    async def thinks(self, asked: Asked | None) -> None:
        """Sleep for the thinking time that the spec sets for this request; with None, for the first turn's thinking
        time.
        """
        given = reply(self._spec, context_of(asked), sorted(asked.tools)) if asked is not None else None
        with self._log.working():
            await asyncio.sleep(given.thinks if given is not None else self._spec.turns[0].thinks)


class _Delay(hook.Hook):
    def __init__(self, wires: Wires) -> None:
        self._wires = wires
        self._begun = False

    async def before_answer(self, request: hook.Request) -> None:
        if request.path == _CHAT:
            await self._wires.thinks(asked_by_chat(dict(request.body)))

    async def before_event(self, event: hook.Event) -> str | bytes | None:
        if event.kind == "response.created":
            self._begun = True
        elif event.kind == "response.output_item.added" and self._begun:
            self._begun = False
            await self._wires.thinks(None)
        return event.payload


class _Paced:
    """The TTS of the spec."""

    def __init__(self, spec: CallSpec) -> None:
        self._voice = PacedVoice(spec.voice)

    async def say(self, text: str) -> Sound:
        frame = self._voice.frame(text)
        return Sound(bytes(frame.data), frame.sample_rate)


def _parse_request(request: hook.Request) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """Return the messages, tool names and other fields of a chat completions request.

    For a request of another API, return the whole body as one message.
    """
    body = dict(request.body)
    if request.path != _CHAT:
        return (json.dumps(_without_ids(body), sort_keys=True),), (), ""
    items = [json.dumps(_without_ids(one), sort_keys=True) for one in body.pop("messages", ())]
    tools = [one["function"]["name"] for one in body.pop("tools", ())]
    return tuple(items), tuple(sorted(tools)), json.dumps(_without_ids(body), sort_keys=True)


def _without_ids(value: Any) -> Any:
    """Return the same value without random ids."""
    if isinstance(value, dict):
        return {name: _without_ids(one) for name, one in value.items() if name not in _RANDOM}
    if isinstance(value, list):
        return [_without_ids(one) for one in value]
    return _NAME.sub("", value) if isinstance(value, str) else value
