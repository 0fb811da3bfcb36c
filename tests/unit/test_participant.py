"""Only a participant of kind agent counts as the agent."""

import pytest
from livekit import rtc

from offhook.testing.live.participant import Participant
from offhook.testing.simulation.people import Person
from offhook.testing.simulation.sounds import Line

KINDS = rtc.ParticipantKind


@pytest.mark.parametrize(
    ("kind", "states"), [(KINDS.PARTICIPANT_KIND_AGENT, ["listening"]), (KINDS.PARTICIPANT_KIND_STANDARD, [])]
)
async def test_only_an_agent_says_what_the_agent_is_doing(kind: int, states: list[str]) -> None:
    participant = Participant("caller", None)
    somebody = Person("somebody", Line(), kind=kind, attributes={"lk.agent.state": "listening"})
    participant.room.emit("participant_connected", somebody)
    assert [moment.text for moment in participant.states] == states
