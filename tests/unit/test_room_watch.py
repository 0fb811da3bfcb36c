"""Who the caller is, and when they are gone: decided by kind, rights and session, never by what anybody says."""

from collections.abc import Callable

import pytest
from livekit import rtc

from offhook.core.facts import (
    CallerAbsent,
    CallerFound,
    CallerLeft,
    CallerRejoined,
    CallerStatus,
    Fact,
    KeyPressed,
    OtherParticipants,
    RoomDisconnected,
    Warned,
)
from offhook.core.sip.sip_facts import SipFacts
from offhook.room.events import RoomWatch
from offhook.room.participants import caller_of, sip_of
from offhook.testing import Phone
from offhook.testing.simulation.people import Person
from offhook.testing.simulation.room import SimulatedRoom
from offhook.testing.simulation.sounds import Line
from offhook.testing.virtual import run

WEB, SIP = rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD, rtc.ParticipantKind.PARTICIPANT_KIND_SIP
LEFT, DUPLICATE = rtc.DisconnectReason.CLIENT_INITIATED, rtc.DisconnectReason.DUPLICATE_IDENTITY
ADA = CallerFound("ada", phone=False, active=True)


def person(identity: str, *, publishes: bool = True, active: bool = True, **values: object) -> Person:
    made = Person(identity, Line(), **values)  # type: ignore[arg-type]  # as LiveKit gives them
    made.publishes, made.active = publishes, active
    return made


def phone(identity: str = "sip_1", **attributes: str) -> Person:
    return person(identity, kind=SIP, attributes=attributes)


Step = Callable[[SimulatedRoom], object]


def watched(*steps: Step, there: Step | None = None) -> list[Fact]:
    """What is told of a room in which this happens, after those who are `there` already."""

    async def call() -> list[Fact]:
        facts: list[Fact] = []
        room = SimulatedRoom("room", "agent")
        if there is not None:
            there(room)
        await room.connect("", "")
        RoomWatch(room, facts.append).start()  # type: ignore[arg-type]  # a room to all that is asked of it
        for step in steps:
            step(room)
        return facts

    return run(call())


def joins(make: Callable[[], Person]) -> Step:
    return lambda room: room.join(make())


def leaves(identity: str, reason: rtc.DisconnectReason.ValueType = LEFT) -> Step:
    return lambda room: room.leave(identity, reason)


def ada() -> Person:
    return person("ada")


def connects(identity: str) -> Step:
    """One who had only joined is connected."""

    def step(room: SimulatedRoom) -> None:
        room.remote_participants[identity].active = True
        room.emit("participant_active", room.remote_participants[identity])

    return step


# the same identity again


def test_the_same_identity_that_joins_again_is_the_caller_who_is_back() -> None:
    assert watched(joins(ada), joins(ada)) == [ADA, CallerAbsent("unknown_reason"), CallerRejoined()]


@pytest.mark.parametrize("reason", ["DUPLICATE_IDENTITY", "STATE_MISMATCH", "MIGRATION"])
def test_a_departure_for_which_the_server_expects_a_new_session_is_not_the_callers_hang_up(reason: str) -> None:
    told = watched(joins(ada), leaves("ada", rtc.DisconnectReason.Value(reason)), joins(ada))
    assert told == [ADA, CallerAbsent(reason.lower()), CallerRejoined()]


def test_a_caller_whose_new_session_comes_later_is_back_then() -> None:
    assert watched(joins(ada), leaves("ada", DUPLICATE), joins(ada))[2:] == [CallerRejoined()]


def test_a_new_session_is_the_callers_once_it_is_connected() -> None:
    joined = joins(lambda: person("ada", active=False))
    missing = [ADA, CallerAbsent("unknown_reason")]
    assert watched(joins(ada), joined) == missing
    assert watched(joins(ada), joined, connects("ada")) == [*missing, CallerRejoined()]


def test_a_new_session_that_leaves_at_once_is_a_caller_who_left() -> None:
    joined = joins(lambda: person("ada", active=False))
    told = watched(joins(ada), joined, leaves("ada", rtc.DisconnectReason.SIGNAL_CLOSE))
    assert told == [ADA, CallerAbsent("unknown_reason"), CallerLeft("signal_close")]
    assert watched(joins(ada), joins(ada), leaves("ada"))[3:] == [CallerLeft("client_initiated")]


def test_session_after_session_that_is_never_connected_is_told_once() -> None:
    joined = joins(lambda: person("ada", active=False))
    assert watched(joins(ada), joined, joined, joined) == [ADA, CallerAbsent("unknown_reason")]


def test_the_departure_of_an_older_session_that_is_told_late_is_no_departure() -> None:
    def late(room: SimulatedRoom) -> None:
        old = room.remote_participants.pop("ada")
        room.join(ada())
        old.reason = DUPLICATE
        room.emit("participant_disconnected", old)

    assert watched(joins(ada), late) == [ADA, CallerRejoined()]


@pytest.mark.parametrize("reason", ["CLIENT_INITIATED", "CONNECTION_TIMEOUT", "USER_REJECTED", "USER_UNAVAILABLE"])
def test_an_ordinary_departure_is_a_departure(reason: str) -> None:
    told = watched(joins(ada), leaves("ada", rtc.DisconnectReason.Value(reason)))
    assert told == [ADA, CallerLeft(reason.lower())]


def test_another_phone_call_under_the_same_identity_is_not_the_caller() -> None:
    """All who hide their number share `sip_anonymous`: what was said to one is not for the next."""
    told = watched(
        joins(lambda: phone("sip_anonymous", **{"sip.callID": "SCL_1"})),
        joins(lambda: phone("sip_anonymous", **{"sip.callID": "SCL_2"})),
    )
    absent, warned, left = told[1:]
    assert absent == CallerAbsent("unknown_reason")
    assert isinstance(warned, Warned)
    assert "individual dispatch rule" in warned.text
    assert left == CallerLeft("duplicate_identity", successor=True)


def test_the_same_phone_call_that_joins_again_goes_on_with_its_status() -> None:
    ringing = {"sip.callID": "SCL_1", "sip.callStatus": "ringing"}
    told = watched(
        joins(lambda: phone(**ringing)),
        joins(lambda: phone(**ringing)),
        joins(lambda: phone(**ringing | {"sip.callStatus": "active"})),
    )
    back = [CallerAbsent("unknown_reason"), CallerRejoined()]
    assert told[1:] == [*back, *back, CallerStatus("active")]


# what is believed about a phone

SIP_CLAIMS = {
    "sip.phoneNumber": "+15105550100",
    "sip.trunkPhoneNumber": "+15105550199",
    "sip.callStatus": "ringing",
    "sip.h.x-tenant": "blue",
    "plan": "gold",
}


def test_a_web_participant_that_says_it_is_a_phone_is_not_believed() -> None:
    def change(room: SimulatedRoom) -> None:
        room.change("ada", {"sip.callStatus": "active"})

    assert watched(joins(lambda: person("ada", attributes=SIP_CLAIMS)), change) == [ADA]


@pytest.mark.parametrize("kind", [WEB, rtc.ParticipantKind.PARTICIPANT_KIND_CONNECTOR])
def test_only_a_phone_has_a_number(kind: int) -> None:
    async def call() -> object:
        return caller_of(person("ada", kind=kind, attributes=SIP_CLAIMS))

    caller = run(call())
    assert (caller.kind, caller.number, caller.dialled, caller.attributes) == ("web", "", "", {"plan": "gold"})


@pytest.mark.parametrize("kind", [kind for kind in rtc.ParticipantKind.values() if kind != SIP])
def test_only_a_phone_has_sip_facts(kind: int) -> None:
    async def call() -> object:
        return sip_of(person("ada", kind=kind, attributes=SIP_CLAIMS))

    assert run(call()) is None


def test_a_phone_has_its_sip_facts() -> None:
    async def call() -> SipFacts | None:
        return sip_of(phone(**Phone(dialled="sales%40acme", headers={"X-Tenant": "acme"}).attributes()))

    sip = run(call())
    assert sip is not None
    assert sip.dialled is not None
    assert (sip.direction, sip.dialled.user, sip.headers["X-Tenant"]) == ("inbound", "sales@acme", "acme")


def test_a_phone_has_what_the_sip_side_says() -> None:
    async def call() -> object:
        return caller_of(phone(**SIP_CLAIMS))

    caller = run(call())
    assert (caller.kind, caller.number, caller.dialled) == ("phone", "+15105550100", "+15105550199")
    assert caller.attributes == SIP_CLAIMS


def test_a_phone_that_has_hung_up_before_the_agent_joined_has_left() -> None:
    hung_up = {"sip.callStatus": "hangup"}
    left = CallerLeft("the phone had hung up")
    assert watched(there=lambda room: room.join(phone(**hung_up))) == [CallerFound("sip_1", True, False), left]


def closes(reason: rtc.DisconnectReason.ValueType) -> Step:
    return lambda room: room.emit("disconnected", reason)


def test_a_room_that_is_closed_early_had_a_caller_who_left_before_the_agent_joined() -> None:
    closed = RoomDisconnected("room_closed")
    assert watched(closes(rtc.DisconnectReason.ROOM_CLOSED)) == [CallerLeft("left before the agent joined"), closed]
    assert watched(closes(rtc.DisconnectReason.ROOM_DELETED)) == [RoomDisconnected("room_deleted")]
    assert watched(joins(ada), closes(rtc.DisconnectReason.ROOM_CLOSED)) == [ADA, closed]

    def nobody_ever_joins(room: SimulatedRoom) -> None:
        room.empty_timeout = 1.0

    assert watched(closes(rtc.DisconnectReason.ROOM_CLOSED), there=nobody_ever_joins) == [closed]


def test_the_journal_has_the_call_id_of_the_carrier() -> None:
    carrier = {"sip.callID": "SCL_1", "sip.callIDFull": "a@carrier", "sip.ruleID": "SDR_1"}
    (found,) = watched(joins(lambda: phone(**carrier)))
    assert isinstance(found, CallerFound)
    assert (found.direction, found.sip_call, found.full_sip_call) == ("inbound", "SCL_1", "a@carrier")


@pytest.mark.parametrize("status", ["dialing", "ringing", "automation"])
def test_a_phone_is_active_when_the_sip_side_says_so_and_not_before(status: str) -> None:
    def change(room: SimulatedRoom) -> None:
        room.change("sip_1", {"sip.callStatus": "active"})
        room.press("sip_1", "1", 1)

    told = watched(joins(lambda: phone(**Phone(status=status, id="SCL_1").attributes())), change)  # type: ignore[arg-type]  # by name
    found = CallerFound(
        "sip_1",
        phone=True,
        active=False,
        number="+15105550100",
        direction="inbound",
        trunk_number="+15105550199",
        trunk="ST_test",
        rule="SDR_test",
        sip_call="SCL_1",
        status=status,
    )
    assert told == [found, CallerStatus("active"), KeyPressed("1")]


def test_a_dialled_phone_is_recorded_as_outbound_with_our_number() -> None:
    dialled = Phone(rule="", dialled="+15105550199", status="dialing")
    (found,) = watched(joins(lambda: phone(**dialled.attributes())))
    assert isinstance(found, CallerFound)
    assert (found.direction, found.number, found.trunk_number, found.rule) == (
        "outbound",
        "+15105550100",
        "+15105550199",
        "",
    )


def test_an_address_that_is_refused_is_not_recorded() -> None:
    (found,) = watched(joins(lambda: phone(**Phone(dialled="a%0d%0ab").attributes())))
    assert isinstance(found, CallerFound)
    assert (found.direction, found.trunk_number) == ("inbound", "")


# who is a caller at all


def coach() -> Person:
    return person("coach", publishes=False)


def test_who_may_only_listen_is_not_the_caller_and_the_call_waits_for_one() -> None:
    assert watched(joins(coach)) == []
    assert watched(joins(coach), joins(ada)) == [ADA]
    assert watched(joins(ada), there=lambda room: room.join(coach())) == [ADA]


def test_other_agents_are_counted_apart() -> None:
    agent = joins(lambda: person("other", kind=rtc.ParticipantKind.PARTICIPANT_KIND_AGENT))
    counted = [OtherParticipants(0, agents=1), OtherParticipants(0)]
    assert watched(joins(ada), agent, leaves("other")) == [ADA, *counted]
    assert watched(agent, joins(ada), leaves("other")) == [ADA, *counted]


@pytest.mark.parametrize("kind", ["EGRESS", "INGRESS"])
def test_what_is_no_person_is_not_the_caller(kind: str) -> None:
    machine = joins(lambda: person("it", kind=rtc.ParticipantKind.Value(f"PARTICIPANT_KIND_{kind}")))
    assert watched(machine, joins(ada), machine) == [ADA]


@pytest.mark.parametrize("kind", ["SIP", "CONNECTOR"])
def test_a_phone_or_a_connector_is_a_caller_whatever_its_rights(kind: str) -> None:
    known = rtc.ParticipantKind.Value(f"PARTICIPANT_KIND_{kind}")
    told = watched(joins(lambda: person("sip_1", publishes=False, kind=known)))
    assert told == [CallerFound("sip_1", phone=kind == "SIP", active=True)]


def test_a_participant_of_whose_rights_nothing_is_told_counts() -> None:
    def silent() -> Person:
        class Untold(Person):
            permissions = property(lambda _: type(coach().permissions)())

        return Untold("ada", Line())

    assert watched(joins(silent)) == [ADA]


def test_a_listener_who_may_speak_later_is_the_caller_then() -> None:
    def permit(room: SimulatedRoom) -> None:
        room.permit("coach", publishes=True)

    assert watched(joins(coach), permit) == [CallerFound("coach", phone=False, active=True)]


def test_a_caller_who_may_not_speak_any_more_is_still_the_caller() -> None:
    def forbid(room: SimulatedRoom) -> None:
        room.permit("ada", publishes=False)

    assert watched(joins(ada), forbid, leaves("ada")) == [ADA, CallerLeft("client_initiated")]


def test_who_only_listens_is_no_reason_to_keep_the_room() -> None:
    def permit(*, publishes: bool) -> Step:
        return lambda room: room.permit("coach", publishes=publishes)

    assert watched(joins(ada), joins(coach), leaves("coach")) == [ADA]
    told = watched(joins(ada), joins(coach), permit(publishes=True), permit(publishes=False), leaves("coach"))
    assert told == [ADA, OtherParticipants(1), OtherParticipants(0)]


def test_others_are_counted_as_they_come_and_go() -> None:
    told = watched(joins(ada), joins(lambda: person("ben")), joins(lambda: person("cy")), leaves("ben"))
    assert told == [ADA, OtherParticipants(1), OtherParticipants(2), OtherParticipants(1)]


def away(while_away: Step) -> Step:
    """The agent's own connection is lost, this happens, and it is back."""

    def step(room: SimulatedRoom) -> None:
        room.connection_state = rtc.ConnectionState.CONN_RECONNECTING
        while_away(room)
        room.connection_state = rtc.ConnectionState.CONN_CONNECTED
        room.emit("reconnected")

    return step


def test_who_left_while_the_agent_was_away_is_no_reason_to_keep_the_room() -> None:
    told = watched(joins(ada), joins(lambda: person("ben")), away(leaves("ben")))
    assert told == [ADA, OtherParticipants(1), OtherParticipants(0)]


def test_a_caller_who_is_gone_when_the_agent_is_back_may_come_back() -> None:
    assert watched(joins(ada), away(leaves("ada")), joins(ada)) == [ADA, CallerAbsent(), CallerRejoined()]


def test_a_caller_who_joined_again_while_the_agent_was_away_is_back() -> None:
    assert watched(joins(ada), away(joins(ada))) == [ADA, CallerRejoined()]


def test_a_caller_who_was_there_all_the_time_is_not_told() -> None:
    def same(room: SimulatedRoom) -> None:
        room.emit("participant_connected", room.remote_participants["ada"])  # as the SDK does after it joined anew

    assert watched(joins(ada), away(same)) == [ADA]
