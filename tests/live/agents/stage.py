"""An agent that plays the call described by its dispatch metadata, so that one worker serves many tests."""

import asyncio
from collections.abc import Mapping
from typing import Any

from livekit import rtc
from livekit.agents import APIConnectionError, APIConnectOptions, get_job_context, llm, tts
from livekit.agents.voice.agent_session import SessionConnectOptions
from livekit.agents.voice.room_io import AudioOutputOptions, RoomOptions
from tools import RULES, Desk  # beside this file

from offhook import Call, Ending, Limits, People, Plan, Silence, ask, away, end, fetch_headers, goodbye, say, serve
from offhook.models.offline.rules import RuleLLM
from offhook.models.offline.voice import OfflineVoice

GREETING = "Hello."
STEPS: Mapping[str, Any] = {"say": say, "ask": ask, "goodbye": goodbye}
SILENT: Mapping[str, Any] = {"away": away, "end": end}
AT_ONCE = APIConnectOptions(max_retry=0, timeout=1)


class Dead(llm.LLM[str]):
    """An LLM whose every request fails."""

    def chat(
        self, *, chat_ctx: llm.ChatContext, tools: Any = None, conn_options: Any = None, **_: Any
    ) -> llm.LLMStream:
        return Nothing(self, chat_ctx=chat_ctx, tools=tools or [], conn_options=conn_options)


class Nothing(llm.LLMStream):
    async def _run(self) -> None:
        raise APIConnectionError("the brain is dead")


class FailingVoice(OfflineVoice):
    """A TTS whose every request fails."""

    def synthesize(self, text: str, *, conn_options: Any = None) -> tts.ChunkedStream:
        return Silent(tts=self, input_text=text, conn_options=conn_options or AT_ONCE)


class Silent(tts.ChunkedStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        raise APIConnectionError("the voice is dead")


async def plan(call: Call) -> Any:
    """Read the metadata: trouble, greeting, ladder, ending, limits, session, dead, sip, people, track."""
    wanted = call.data
    match wanted.get("trouble"):
        case "raises":
            raise LookupError("no such tenant")
        case "hangs":
            await asyncio.sleep(3600)
        case "waits for its track":
            await own_track(get_job_context().room)
        case "nonsense":
            return "a plan"
    session: dict[str, Any] = {
        "llm": RuleLLM(RULES),
        "session_close_transcript_timeout": 0.1,  # the tests wait for this timeout when the session closes
        **dict(wanted.get("session", {})),  # type: ignore[call-overload]  # JSON
    }
    if wanted.get("dead"):
        session["conn_options"] = SessionConnectOptions(AT_ONCE, AT_ONCE, AT_ONCE, max_unrecoverable_errors=0)
        session |= {"llm": Dead()} if wanted["dead"] == "brain" else {"tts": FailingVoice()}
    return Plan(
        agent=Desk(wanted),
        greeting=await dialled(call) if wanted.get("sip") else str(wanted.get("greeting", GREETING)),
        silence=ladder(wanted.get("ladder")),
        ending=Ending(**dict(wanted.get("ending", {}))),  # type: ignore[call-overload]  # JSON
        limits=Limits(**dict(wanted.get("limits", {}))),  # type: ignore[call-overload]  # JSON
        session=session,
        people=People() if wanted.get("people") else None,
        room=RoomOptions(audio_output=AudioOutputOptions(track_name=str(wanted["track"])))
        if "track" in wanted
        else None,
    )


async def own_track(room: rtc.Room) -> None:
    """Wait until the agent has published a track."""
    published = asyncio.Event()
    room.on("local_track_published", lambda *_: published.set())
    if not room.local_participant.track_publications:
        await published.wait()


def own_output(track: str) -> RoomOptions:
    """Return options that differ from the defaults in the name of the agent's track."""
    return RoomOptions(audio_output=AudioOutputOptions(track_name=track))


async def dialled(call: Call) -> str:
    """Return a greeting with what the plan knows about a phone's call, headers included."""
    if call.sip is None:
        return "Nobody dialled."
    sip = await fetch_headers(call, "X-Tenant")
    name = sip.dialled.user if sip.dialled else ""
    return f"{name} of {sip.headers['X-Tenant']}."


def ladder(rungs: Any) -> Silence | None:
    """Build a ladder of `[kind, text, seconds]`."""
    steps = [
        SILENT[kind](after=after) if kind in SILENT else STEPS[kind](text, after=after)
        for kind, text, after in rungs or ()
    ]
    return Silence(*steps) if steps else None


server = serve(plan, agent_name="stage", port=0)  # any free port, so that several workers can run
