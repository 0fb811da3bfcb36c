"""What becomes of a room that has lost its agent: a new agent, a closed room, or nothing, as the server says."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from livekit.protocol import agent_dispatch
from livekit.protocol.models import ParticipantInfo
from tests.unit.worker.lost import JOINED, FakeServer, agent, person, settings_for, until

from offhook.core.resumed import ATTRIBUTE, Resumed, parse_resumed
from offhook.room.occupants import Occupants, Remedy, remedy_for
from offhook.room.settlement import OrphanRoom
from offhook.worker.orphan_rooms import OrphanRooms

CRASHED = OrphanRoom(
    "AJ_1",
    "room-1",
    "agent-AJ_1",
    "anna",
    since=JOINED + 60,
    agent_name="desk",
    unsure=True,
    joined=True,
    takeover=True,
    turns=(("user", "Hi."),),
)
CLOSED = replace(CRASHED, takeover=False)
ANNA, COLLEAGUE = person("anna"), person("bob", joined=5)
AVATAR = agent("avatar", joined=90, **{"lk.publish_on_behalf": "agent-AJ_1"})
SECOND, SUCCESSOR = agent("agent-2", joined=5), agent("agent-3", joined=61)


@pytest.mark.parametrize(
    ("orphan", "people", "remedy"),
    [
        (CRASHED, [ANNA, agent()], "take over"),
        (CLOSED, [ANNA, agent()], "close the room"),
        (CLOSED, [ANNA, agent(), SECOND], "close the room"),
        (CLOSED, [ANNA, agent(), AVATAR], "close the room"),
        (CRASHED, [ANNA, agent(), SECOND, AVATAR], "take over"),
        (CLOSED, [ANNA, agent(), SUCCESSOR], "nothing"),
        (CRASHED, [ANNA, agent(), SUCCESSOR], "nothing"),
        (CRASHED, [agent()], "close the room"),
        (CLOSED, [ANNA, COLLEAGUE, agent()], "close the room"),
        (CRASHED, [ANNA], "close the room"),
        (CRASHED, [ANNA, COLLEAGUE], "nothing"),
        (replace(CLOSED, only_alone=True), [ANNA, COLLEAGUE, agent()], "nothing"),
        (replace(CRASHED, only_alone=True), [ANNA, COLLEAGUE, agent()], "take over"),
        (replace(CLOSED, only_alone=True), [ANNA, agent()], "close the room"),
        (replace(CRASHED, only_alone=True), [ANNA], "nothing"),
        (replace(CLOSED, scope="caller"), [ANNA, COLLEAGUE, agent()], "remove the caller"),
        (replace(CLOSED, scope="caller"), [COLLEAGUE, agent()], "nothing"),
        (replace(CRASHED, joined=False, caller=""), [ANNA], "take over"),
        (OrphanRoom("AJ_1", "room-1", "agent-AJ_1"), [ANNA], "close the room"),
        (OrphanRoom("AJ_1", "room-1", "agent-AJ_1", "anna", caller_may_return=True), [COLLEAGUE], "wait"),
    ],
)
def test_what_the_server_lists_decides(orphan: OrphanRoom, people: Sequence[ParticipantInfo], remedy: Remedy) -> None:
    assert remedy_for(orphan, Occupants.of(people, orphan), early=True) == remedy


def test_when_a_killed_agent_is_no_longer_listed_the_room_is_closed_all_the_same() -> None:
    assert remedy_for(CLOSED, Occupants.of([ANNA, COLLEAGUE], CLOSED), early=False) == "close the room"


async def cleaned(server: FakeServer, orphan: OrphanRoom) -> None:
    """Wait until the orphan room is cleaned up."""
    rooms = OrphanRooms(settings_for(server.url))
    rooms.close(orphan)
    await until(lambda: not len(rooms))


async def test_a_new_agent_gets_the_metadata_unchanged_and_the_last_turns_beside_it() -> None:
    def join(server: FakeServer, asked: agent_dispatch.CreateAgentDispatchRequest) -> None:
        server.people.append(agent("agent-AJ_2", joined=62))

    first = agent_dispatch.AgentDispatch(id="AD_0", agent_name="desk", metadata='{"a": 1}', attributes={"mine": "x"})
    other = agent_dispatch.AgentDispatch(id="AD_9", agent_name="", metadata="other")
    async with FakeServer([ANNA, agent()], [other, first], join).running() as server:
        await cleaned(server, CRASHED)
        assert server.changes == ["CreateDispatch"]
        sent = server.dispatches[-1]
    assert (sent.agent_name, sent.room, sent.metadata, sent.attributes["mine"]) == ("desk", "room-1", '{"a": 1}', "x")
    assert parse_resumed(sent.attributes[ATTRIBUTE]) == Resumed("AJ_1", (("user", "Hi."),))


@pytest.mark.slow
async def test_if_no_worker_takes_the_call_twice_the_room_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offhook.worker.takeover._JOIN", 0.1)
    async with FakeServer([ANNA, agent()]).running() as server:
        await cleaned(server, CRASHED)
        assert server.changes == [*["CreateDispatch", "DeleteDispatch"] * 2, "DeleteRoom"]
        assert server.dispatches == []


async def test_a_call_whose_job_never_joined_is_dispatched_again_also_before_the_caller_joins() -> None:
    def join(server: FakeServer, _: agent_dispatch.CreateAgentDispatchRequest) -> None:
        server.people.append(agent("agent-AJ_2", joined=62))

    first = agent_dispatch.AgentDispatch(id="AD_0", agent_name="desk")
    async with FakeServer([], [first], join).running() as server:
        await cleaned(server, replace(CRASHED, joined=False, caller=""))
        assert server.changes == ["CreateDispatch"]


async def test_a_room_that_the_server_does_not_have_is_not_made_again() -> None:
    async with FakeServer([], []).running() as server:
        await cleaned(server, replace(CRASHED, joined=False, caller=""))
        assert server.changes == []


@pytest.mark.slow
async def test_while_the_server_does_not_answer_the_attempts_go_on() -> None:
    async with FakeServer([ANNA, agent()], down=True).running() as server:
        rooms = OrphanRooms(settings_for(server.url))
        rooms.close(CLOSED)
        await until(lambda: len(server.asked) == 1)
        server.down = False
        await until(lambda: not len(rooms))
        assert server.changes == ["DeleteRoom"]
