"""An agent that is recorded after a yes, and then sounds for a while, so that a test can measure a pause."""

from collections.abc import AsyncIterator

import numpy as np
from livekit import rtc
from livekit.agents import Agent

from offhook import Call, Consent, OngoingCall, Plan, Recording, serve
from offhook.facts import ConsentAnswered

RATE, SECONDS = 24_000, 7


async def tone() -> AsyncIterator[rtc.AudioFrame]:
    """A tone in frames of 100 ms."""
    for part in range(SECONDS * 10):
        at = np.arange(part * RATE // 10, (part + 1) * RATE // 10) / RATE
        samples = (8000 * np.sin(2 * np.pi * 440 * at)).astype(np.int16)
        yield rtc.AudioFrame(samples.tobytes(), RATE, 1, len(samples))


async def on_consent(answer: ConsentAnswered, ongoing: OngoingCall) -> None:
    """Sound."""
    ongoing.session.say("A long tone.", audio=tone(), allow_interruptions=False)


def plan(call: Call) -> Plan:
    """Plan a call that is recorded."""
    return Plan(
        agent=Agent(instructions="Be short."),
        recording=Recording(consent=Consent(text="May I record this?", accepted="")),
        on={ConsentAnswered: on_consent},
        session={"session_close_transcript_timeout": 0.1},  # the tests wait for it when the session closes
        takeover=None,
    )


server = serve(plan, port=0)
