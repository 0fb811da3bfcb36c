"""Carries out the commands of operators on the running call."""

from typing import Literal, cast

from offhook.core.errors import OffhookError
from offhook.core.ladder import Silence
from offhook.session.context.realtime_capabilities import Outcome, Role
from offhook.session.ongoing import OngoingCall

__all__ = ["CallCommandTarget"]

_DETAILS: dict[Outcome, str] = {
    "done": "",
    "deferred": "deferred to the end of the running answer",
    "fresh": "done by a new session of the model, which got the conversation as text",
}


class CallCommandTarget:
    """The `CommandTarget` of one ongoing call."""

    def __init__(self, ongoing: OngoingCall) -> None:
        self._ongoing = ongoing

    async def change_instructions(self, text: str, *, append: bool, sticky: bool, by: str) -> str:
        return _detail(await self._ongoing.instruct(text, append=append, sticky=sticky, by=by))

    async def restore(self, *, by: str) -> str:
        return _detail(await self._ongoing.restore_instructions(by=by))

    async def cut_context(self, *, keep: int, tools: bool, by: str) -> str:
        return _detail(await self._ongoing.reset_context(keep=keep, tools=tools, by=by))

    async def forget_speech(self, *, by: str) -> str:
        return _detail(await self._ongoing.forget(by=by))

    async def put_message(self, text: str, *, role: str, answer: bool, by: str) -> str:
        return _detail(await self._ongoing.add_message(text, role=cast("Role", role), answer=answer, by=by))

    def away(self, away: bool = True, *, by: str) -> None:
        self._ongoing.away(away, by=by)

    def silence(self, ladder: Silence | None, *, by: str) -> None:
        self._ongoing.silence(ladder, by=by)

    def pause(self, *, by: str) -> None:
        self._ongoing.pause("code", by=by)

    def resume(self, *, by: str) -> None:
        self._ongoing.resume("code", by=by)

    async def quiet(self, mode: Literal["mute", "hold", "takeover"], *, context: bool, by: str) -> str:
        return await self._ongoing.quiet(mode, context=context, by=by)

    async def unquiet(self, *, by: str) -> str:
        return await self._ongoing.end_quiet(by=by)

    def pause_recording(self, *, by: str) -> str:
        return self._ongoing.recording.pause(by=by)

    def resume_recording(self, *, by: str) -> str:
        return self._ongoing.recording.resume(by=by)

    async def interrupt(self) -> str:
        return await self._ongoing.changes.interrupt()

    def endpointing(self, *, min_delay: float | None, max_delay: float | None) -> str:
        return self._ongoing.changes.endpointing(min_delay=min_delay, max_delay=max_delay)

    def voice(self, voice: str, *, language: str | None, speed: float | None) -> str:
        return self._ongoing.changes.voice(voice, language=language, speed=speed)

    def models(self, *, llm: str | None, stt: str | None, tts: str | None, temperature: float | None) -> str:
        return self._ongoing.changes.models(llm=llm, stt=stt, tts=tts, temperature=temperature)

    async def dtmf(self, digits: str) -> str:
        return await self._ongoing.send_keys(digits)

    async def transfer(self, to: str, *, by: str) -> str:
        result = await self._ongoing.transfer(to, by=by)
        if not result.done:
            raise OffhookError(result.detail)
        return result.detail


def _detail(outcome: Outcome) -> str:
    if outcome == "failed":
        raise OffhookError("the model did not accept the change; the call's journal has the cause")
    return _DETAILS[outcome]
