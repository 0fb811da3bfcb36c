"""When nothing arrives from the caller, the journal is told since when and for how long."""

import asyncio

import pytest
from livekit import rtc

from offhook.core.facts import Fact, MediaLost, MediaRestored
from offhook.room.events import RoomWatch
from offhook.room.media_watch import GAP, MediaWatch, age_of
from offhook.testing.simulation.people import Person
from offhook.testing.simulation.room import SimulatedRoom
from offhook.testing.simulation.sounds import Line
from offhook.testing.virtual import run


async def looked(*looks: tuple[float, float]) -> list[Fact]:
    """What is told after these looks: how old the last packet is, and the time."""
    told: list[Fact] = []
    arrivals = MediaWatch(SimulatedRoom("room", "agent"), lambda: "caller", told.append)  # type: ignore[arg-type]  # a room to all that is asked of it
    for age, now in looks:
        arrivals.update(age, now)
    return told


async def test_packets_that_come_tell_nothing() -> None:
    assert await looked((0.02, 1), (GAP - 0.1, 5), (0.4, 6)) == []


async def test_a_gap_is_told_once_with_its_beginning() -> None:
    assert await looked((0, 10), (1, 11), (3, 13), (4, 14), (5, 15)) == [MediaLost("caller", since=10)]


async def test_the_end_of_a_gap_is_told_with_its_length_and_the_next_gap_is_a_new_one() -> None:
    told = await looked((3, 13), (0.5, 16), (0.1, 17), (3, 20))
    assert told == [MediaLost("caller", since=10), MediaRestored("caller", 6), MediaLost("caller", since=17)]


def inbound(*, arrived_ms: float, asked_us: int) -> rtc.stats.RtcStats:
    stats = rtc.stats.RtcStats()
    stats.inbound_rtp.rtc.timestamp = asked_us
    stats.inbound_rtp.inbound.last_packet_received_timestamp = arrived_ms
    return stats


def test_the_age_of_the_last_packet_is_read_from_the_sdks_statistics() -> None:
    codec = rtc.stats.RtcStats()
    codec.codec.rtc.timestamp = 1
    assert age_of([codec, inbound(arrived_ms=1_000_500, asked_us=1_003_000_000)]) == pytest.approx(2.5)


def test_before_the_first_packet_there_is_no_age() -> None:
    assert age_of([]) is None
    assert age_of([inbound(arrived_ms=0, asked_us=1_003_000_000)]) is None


def test_a_connection_that_is_interrupted_is_told_once_and_its_return_with_the_time_it_took() -> None:
    async def call() -> list[Fact]:
        told: list[Fact] = []
        room = SimulatedRoom("room", "agent")
        await room.connect("", "")
        RoomWatch(room, told.append).start()  # type: ignore[arg-type]  # a room to all that is asked of it
        began = asyncio.get_running_loop().time()
        room.emit("reconnecting")
        room.emit("reconnecting")
        await asyncio.sleep(4)
        room.emit("reconnected")
        room.emit("reconnected")
        return [MediaLost("server", since=began), *told]

    expected, *told = run(call())
    assert told == [expected, MediaRestored("server", 4)]


def told(*, seconds: float, muted: bool = False, there: bool = True, broken: bool = False) -> list[object]:
    """What is told of a caller of whom nothing has arrived since the call began, who is looked at for so long."""

    async def call() -> list[Fact]:
        facts: list[Fact] = []
        loop = asyncio.get_running_loop()
        began = loop.time()

        async def stats() -> list[rtc.stats.RtcStats]:
            if broken:
                raise Exception("track not found")  # noqa: TRY002  # as the SDK does
            return [inbound(arrived_ms=1000, asked_us=1_000_000 + round((loop.time() - began) * 1e6))]

        room, caller = SimulatedRoom("room", "agent"), Person("caller", Line())
        (publication,) = caller.track_publications.values()
        publication.muted, publication.track.get_stats = muted, stats
        await room.connect("", "")
        if there:
            room.join(caller)
        arrivals = MediaWatch(room, lambda: "caller", facts.append)  # type: ignore[arg-type]  # a room to all that is asked of it
        arrivals.start()
        await asyncio.sleep(seconds)
        await arrivals.stop()
        await asyncio.sleep(60)
        return [MediaLost("caller", since=round(began, 3)), *facts]

    faded, *facts = run(call())
    return ["faded" if one == faded else one for one in facts]


def test_a_caller_is_looked_at_every_second_until_the_end_of_the_call() -> None:
    assert told(seconds=10.5) == ["faded"]
    assert told(seconds=2.4) == []


@pytest.mark.parametrize("why", ["muted", "away", "broken"])
def test_a_caller_who_is_muted_or_not_there_or_of_whom_nobody_can_tell_has_no_gap(why: str) -> None:
    assert told(seconds=10.5, muted=why == "muted", there=why != "away", broken=why == "broken") == []
