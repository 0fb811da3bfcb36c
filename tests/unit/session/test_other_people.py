"""People besides the caller: heard with a label, also when they join late, and answered if the plan says so."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from unittest import mock

import numpy as np
import pytest
from livekit import rtc
from livekit.agents import Agent, stt
from livekit.protocol.models import ParticipantPermission

from offhook import Participants, People
from offhook.core.facts import EndCancelled, EndRequested, QuietChanged, SessionClosed, SessionStarted
from offhook.engine.supervisor import Supervisor
from offhook.models.offline.rules import Reply, Rule
from offhook.session.context.editor import ContextEditor
from offhook.session.people.others import NOTE, OtherPeople
from offhook.testing.simulation.people import Person
from offhook.testing.simulation.room import SimulatedRoom
from offhook.testing.simulation.sounds import Line
from offhook.testing.simulation.tracks import AudioStream

from .levels import RATE, Levels

SIP = rtc.ParticipantKind.PARTICIPANT_KIND_SIP
ANSWER = Rule(r"^user:\[.*", Reply("Noted."))


class Guest(Person):
    """A person whose right to change its own attributes is known."""

    changeable = False

    permissions = property(
        lambda self: ParticipantPermission(
            can_subscribe=True, can_publish=self.publishes, can_update_metadata=self.changeable
        )
    )


class Conference:
    """A room with the caller anna, and a session that hears other people."""

    def __init__(self, phone: Any, supervisor: Supervisor, people: People | None) -> None:
        self.phone, self.supervisor, self.room = phone, supervisor, SimulatedRoom("room", "agent")
        self.room.connection_state = rtc.ConnectionState.CONN_CONNECTED
        self.caller = self.joins("anna")
        self.others = OtherPeople(
            phone.session,
            supervisor.post,
            ContextEditor(phone.session, supervisor.post, redacted),
            room=lambda: self.room,  # type: ignore[arg-type, return-value]  # the room of the simulation
            caller=lambda: "anna",
        )
        self.others.hear(people)
        self.others.notice(SessionStarted())
        supervisor.sinks.append(self.others)

    def joins(self, identity: str, **values: Any) -> Line:
        line = Line()
        changeable, publishes = values.pop("changeable", False), values.pop("publishes", True)
        person = Guest(identity, line, **values)
        person.changeable, person.publishes = changeable, publishes
        self.room.join(person)
        return line

    async def says(self, line: Line, level: int) -> None:
        line.play(1.0, pcm=np.full(RATE, level, np.int16))
        await asyncio.sleep(4)

    def context(self) -> list[tuple[str, str]]:
        """The messages of the model's context, without the agent's instructions."""
        items = self.phone.session.current_agent.chat_ctx.items
        return [(one.role, one.text_content) for one in items if one.type == "message" and one.role != "system"]


async def redacted() -> bool:
    return True


@pytest.fixture
async def conference(pick_up: Callable[..., Awaitable[Any]], supervisor: Supervisor) -> Any:
    async def begun(people: People | None, recogniser: stt.STT[str] | None = None) -> Conference:
        agent = Agent(instructions="You are the desk.", stt=recogniser or Levels())
        return Conference(await pick_up(agent, ANSWER), supervisor, people)

    with mock.patch.object(rtc, "AudioStream", AudioStream):
        yield begun


async def test_a_second_person_is_heard_with_a_label_and_answered(conference: Any, edge: Any) -> None:
    now = await conference(People())
    await now.says(now.joins("berta", name="Berta B."), 1000)
    await now.says(now.caller, 4000)
    assert now.context() == [("user", "[Berta B.] I book Tuesday for you."), ("assistant", "Noted.")]
    assert NOTE in now.phone.session.current_agent.instructions
    assert [one.body["paused"] for one in edge.records if one.name == "PauseChanged"] == [True, False]


@pytest.mark.slow
async def test_who_joins_late_and_on_a_phone_is_heard_too_and_the_note_is_given_once(conference: Any) -> None:
    now = await conference(People())
    await now.says(now.joins("berta"), 1000)
    await now.says(now.joins("sip_carl", kind=SIP), 2000)
    assert [text for role, text in now.context() if role == "user"] == [
        "[berta] I book Tuesday for you.",
        "[sip_carl] At noon.",
    ]
    assert now.phone.session.current_agent.instructions.count(NOTE) == 1


async def test_who_is_only_heard_is_in_the_context_and_gets_no_answer(conference: Any, edge: Any) -> None:
    now = await conference(People(answered=None))
    await now.says(now.joins("berta"), 1000)
    assert now.context() == [("user", "[berta] I book Tuesday for you.")]
    assert "MessageAdded" in edge.names()
    assert now.phone.desk.requests == []


@pytest.mark.parametrize("people", [None, People(heard=None, answered=None)])
async def test_without_people_only_the_caller_is_heard(conference: Any, people: People | None) -> None:
    now = await conference(people)
    await now.says(now.joins("berta"), 1000)
    assert now.context() == []


@pytest.mark.parametrize(
    ("chosen", "who", "heard"),
    [
        (Participants("nurse-*"), {"identity": "nurse-1"}, True),
        (Participants("nurse-*"), {"identity": "guest"}, False),
        (Participants(kind="phone"), {"identity": "sip_1", "kind": SIP}, True),
        (Participants(kind="phone"), {"identity": "web"}, False),
        (Participants(kind="web"), {"identity": "sip_1", "kind": SIP}, False),
        (Participants(attributes={"role": "nurse"}), {"identity": "n", "attributes": {"role": "nurse"}}, True),
        (Participants(attributes={"role": "nurse"}), {"identity": "n"}, False),
        (
            Participants(attributes={"role": "nurse"}),
            {"identity": "n", "attributes": {"role": "nurse"}, "changeable": True},
            False,
        ),
        (
            Participants(attributes={"role": "nurse"}),
            {"identity": "sip_1", "kind": SIP, "attributes": {"role": "nurse"}},
            False,
        ),
        (Participants(), {"identity": "robot", "kind": rtc.ParticipantKind.PARTICIPANT_KIND_AGENT}, False),
        (Participants(), {"identity": "coach", "publishes": False}, False),
    ],
)
async def test_people_are_selected_by_identity_kind_and_attributes_that_they_cannot_change(
    conference: Any, chosen: Participants, who: dict[str, Any], heard: bool
) -> None:
    now = await conference(People(heard=None, answered=chosen))
    await now.says(now.joins(**who), 1000)
    assert bool(now.context()) is heard


@pytest.mark.slow
async def test_a_goodbye_is_not_interrupted_and_a_quiet_agent_does_not_answer(conference: Any) -> None:
    now = await conference(People())
    berta = now.joins("berta")
    for begin, end in (
        (EndRequested("agent_ended"), EndCancelled("agent_ended")),
        (QuietChanged("hold"), QuietChanged("")),
    ):
        now.others.notice(begin)
        await now.says(berta, 1000)
        assert now.context() == []
        now.others.notice(end)
    await now.says(berta, 1000)
    assert len(now.context()) == 2


async def test_whom_the_agent_hears_can_change_during_the_call(conference: Any, edge: Any) -> None:
    now = await conference(None)
    berta = now.joins("berta")
    now.others.hear(People())
    berta.play(1.0, pcm=np.full(RATE, 1000, np.int16))
    await asyncio.sleep(1.6)
    now.others.hear(None)
    await asyncio.sleep(4)
    assert now.context() == []
    assert [one.body["paused"] for one in edge.records if one.name == "PauseChanged"] == [True, False]
    now.others.hear(People())
    await now.says(berta, 2000)
    assert now.context()[0] == ("user", "[berta] At noon.")
    now.others.notice(SessionClosed("user_initiated"))
    await now.says(berta, 2000)
    assert len(now.context()) == 2


async def test_two_people_at_once_hold_the_ladder_until_both_have_finished(conference: Any, edge: Any) -> None:
    now = await conference(People())
    berta, carl = now.joins("berta"), now.joins("carl")
    berta.play(1.0, pcm=np.full(RATE, 1000, np.int16))
    await asyncio.sleep(0.5)
    await now.says(carl, 2000)
    await asyncio.sleep(2)
    assert [one.body["paused"] for one in edge.records if one.name == "PauseChanged"] == [True, False]
    assert {text for role, text in now.context() if role == "user"} == {
        "[berta] I book Tuesday for you.",
        "[carl] At noon.",
    }


async def test_an_stt_that_breaks_at_once_is_recorded_and_the_call_goes_on(conference: Any, edge: Any) -> None:
    now = await conference(People(), Levels(breaks=True))
    now.joins("berta")
    await asyncio.sleep(60)
    assert edge.find("ActionFailed").body["what"] == "transcribe berta"


async def test_without_an_stt_the_journal_says_that_only_the_caller_is_heard(
    pick_up: Callable[..., Awaitable[Any]], supervisor: Supervisor, edge: Any
) -> None:
    Conference(await pick_up(Agent(instructions="You are the desk.")), supervisor, People())
    await asyncio.sleep(1)
    assert edge.find("ActionFailed").body["error"] == "the session has no STT, so only the caller is heard"
