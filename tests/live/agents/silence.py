"""An agent for callers who say nothing: each scene is a ladder, and its STT gives no words for wordless callers."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from livekit import rtc
from livekit.agents import (
    Agent,
    LanguageCode,
    inference,
    stt,
)
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS

from offhook import (
    Call,
    Caps,
    Ending,
    Plan,
    Silence,
    ask,
    goodbye,
    repeat,
    say,
    serve,
)
from offhook.models.offline.rules import Reply, Rule, RuleLLM, RuleSet

__all__ = ["SCENES", "server"]

BYE = goodbye("Goodbye.", after=1.5)
ORDER = (
    (1.5, "two", stt.SpeechEventType.INTERIM_TRANSCRIPT),
    (2.2, "two large", stt.SpeechEventType.INTERIM_TRANSCRIPT),
    (3.0, "Two large pizzas.", stt.SpeechEventType.FINAL_TRANSCRIPT),
)
"""The seconds of sound after which each transcript comes."""
LONG_BYE = "I will hang up now. Thank you very much for calling us today. Goodbye."


SCENES: Mapping[str, Silence] = {
    "noise": Silence(repeat(2, say("Are you still there?", after=5)), goodbye("Goodbye.", after=5)),
    "polite": Silence(say("Are you still there?", after=1), goodbye(LONG_BYE, after=1.5), hold=2),
    "asking": Silence(ask("Offer to call back.", after=2), goodbye("Goodbye.", after=2), hold=2),
    "impatient": Silence(say("Are you still there?", after=2), goodbye("Goodbye.", after=1), hold=2),
    "deaf": Silence(say("Are you still there?", after=1), BYE, caps=Caps(speaking=3, thinking=2)),
    "patient": Silence(say("Are you still there?", after=60)),
}
ENDINGS: Mapping[str, Ending] = {
    "polite": Ending(on_interruption="reconsider"),
    "asking": Ending(on_interruption="reconsider"),
}
RULES = RuleSet(
    rules=(Rule(r"^system:Offer", Reply("Shall we call you back?")), Rule(r"^user:.*", Reply("I hear you."))),
    opening="Hello.",
    unknown="",
)


class Ears(stt.STT[str]):
    """Transcribes a sound that is long enough for a sentence, except for wordless callers. An order in a crowd is
    transcribed word by word.
    """

    def __init__(self, *, wordless: bool, order: bool) -> None:
        self.wordless, self.order = wordless, order
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=order))

    def stream(self, *, language: Any = None, conn_options: Any = DEFAULT_API_CONNECT_OPTIONS) -> stt.RecognizeStream:
        return Listening(self, conn_options)

    async def _recognize_impl(self, buffer: Any, *, language: Any = None, conn_options: Any = None) -> stt.SpeechEvent:
        raise NotImplementedError("these ears listen to a stream only")


class Listening(stt.RecognizeStream):
    def __init__(self, ears: Ears, conn_options: Any) -> None:
        super().__init__(stt=ears, conn_options=conn_options, sample_rate=16_000)
        self._wordless, self._order = ears.wordless, list(ORDER) if ears.order else []

    async def _run(self) -> None:
        spoken = quiet = 0.0
        async for frame in self._input_ch:
            if not isinstance(frame, rtc.AudioFrame):
                continue
            pcm = np.frombuffer(frame.data, np.int16).astype(np.float32)
            if len(pcm) and float(np.mean(pcm**2)) >= 100.0**2:
                spoken, quiet = spoken + quiet + frame.duration, 0.0
            elif spoken:
                quiet += frame.duration
            while self._order and spoken >= self._order[0][0]:
                self._write(*self._order.pop(0)[1:])
            if quiet >= 0.3:
                if spoken > 0.6 and not self._wordless:
                    self._write("yes i am still here", stt.SpeechEventType.FINAL_TRANSCRIPT)
                spoken = quiet = 0.0

    def _write(self, text: str, kind: stt.SpeechEventType) -> None:
        words = stt.SpeechData(language=LanguageCode("en"), text=text, confidence=1.0)
        self._event_ch.send_nowait(stt.SpeechEvent(kind, alternatives=[words]))


async def plan(call: Call) -> Plan:
    """Play the scene named in the metadata."""
    scene, order = str(call.data["scene"]), bool(call.data.get("order"))
    plain: dict[str, Any] = {
        "vad": inference.VAD(model="silero"),
        "turn_handling": {"turn_detection": "vad", "interruption": {"mode": "vad"}},
    }
    return Plan(
        agent=Agent(instructions="You are the desk."),
        greeting="Hello.",
        silence=SCENES[scene],
        ending=ENDINGS.get(scene, Ending()),
        session={
            "stt": Ears(wordless=bool(call.data.get("wordless")), order=order),
            "llm": RuleLLM(RULES),
            "session_close_transcript_timeout": 0.1,
            **({} if order else plain),  # offhook's own turn handling knows when the words have stopped
        },
    )


server = serve(plan, agent_name="silence", port=0)  # any free port, so that several workers can run
