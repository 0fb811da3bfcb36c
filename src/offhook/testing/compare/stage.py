"""The agent server for one run of a spec: an entrypoint as users write it, with one line that calls `supervise`."""

from collections.abc import AsyncIterator
from typing import Any

import numpy as np
from livekit import rtc
from livekit.agents import (
    AgentServer,
    AgentSession,
    BackgroundAudioPlayer,
    JobContext,
    UserInputTranscribedEvent,
    UserStateChangedEvent,
)

from offhook.call import supervise
from offhook.core.ladder import Silence
from offhook.core.steps import ask, say
from offhook.models.build import choose
from offhook.settings import load_settings
from offhook.testing.compare.caller import PUSH_TO_TALK
from offhook.testing.compare.desk import overridden
from offhook.testing.compare.model import SpecModel
from offhook.testing.compare.spec import CallSpec
from offhook.testing.compare.voice import PacedVoice
from offhook.testing.compare.work import Log

__all__ = ["Stage", "ladder"]


class Stage:
    """The agent server for one run of the spec."""

    def __init__(self, spec: CallSpec, log: Log, model: SpecModel) -> None:
        self.spec, self.log, self.model = spec, log, model
        self.server = AgentServer()
        self.server.rtc_session(self.enter)

    async def enter(self, ctx: JobContext) -> None:
        session = self._session()
        self._add_handlers(session)
        async with supervise.supervise(ctx, session, silence=ladder(self.spec)):
            await session.start(overridden(self.spec)(self.spec, self.log), room=ctx.room)
            if self.spec.background:
                await BackgroundAudioPlayer(ambient_sound=_background()).start(room=ctx.room, agent_session=session)
            if self.spec.detection == "manual":
                session.input.set_audio_enabled(True)
            ctx.room.on("data_received", lambda packet: self._button(session, packet))

    def _session(self) -> AgentSession[Any]:
        spec = self.spec
        turns: dict[str, Any] = {
            "turn_detection": spec.detection,
            "endpointing": {"min_delay": spec.min_delay, "max_delay": max(spec.min_delay, 3.0)},
            "preemptive_generation": {"enabled": spec.preemptive},
        }
        models: dict[str, Any] = {"llm": self.model, "tts": PacedVoice(spec.voice)}
        if spec.models != "told":
            models = choose(load_settings()).session
            turns |= models.pop("turn_handling") if spec.models == "realtime" else {"interruption": {"mode": "vad"}}
        options = models | {"turn_handling": turns, "user_away_timeout": 9.0 if spec.away else None}
        return AgentSession(**options)

    def _add_handlers(self, session: AgentSession[Any]) -> None:
        """Register the session event handlers that this spec gives to the agent's own code."""

        def away(event: UserStateChangedEvent) -> None:
            if event.new_state == "away":
                session.say("Take your time.")

        def transcribed(event: UserInputTranscribedEvent) -> None:
            if self.spec.listener == "updates":
                session.update_options(endpointing_opts={"min_delay": 0.6})
            elif event.is_final and "three" in event.transcript:
                session.say("Mhm.")

        if self.spec.away:
            session.on("user_state_changed", away)
        if self.spec.listener != "none":
            session.on("user_input_transcribed", transcribed)

    def _button(self, session: AgentSession[Any], packet: Any) -> None:
        if packet.topic != PUSH_TO_TALK:
            return
        match packet.data:
            case b"press":
                session.interrupt()
                session.clear_user_turn()
            case b"release":
                session.commit_user_turn(transcript_timeout=1.0)
            case b"clear":
                session.clear_user_turn()


def ladder(spec: CallSpec) -> Silence | None:
    """Return the silence ladder of the spec."""
    match spec.ladder:
        case "says":
            return Silence(say("Are you still there?", after=8))
        case "asks":
            names = [tool.name for tool in spec.tools if tool.kind == "task"]
            return Silence(ask("Offer to take the number.", after=8, tool=names[0] if names else ""))
    return None


async def _background() -> AsyncIterator[rtc.AudioFrame]:
    frame = rtc.AudioFrame(np.full(4_800, 400, np.int16).tobytes(), 48_000, 1, 4_800)
    while True:
        yield frame
