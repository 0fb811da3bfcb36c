"""A phone on hold may send nothing: the ladder waits for its packets, and goes on after them."""

from offhook.core.decisions import Decision, Say
from offhook.core.facts import CallerFound, MediaLost, MediaRestored

from .conftest import LADDER, Climb

PHONE = CallerFound("sip_1", phone=True, active=True)


def lines(log: list[tuple[float, Decision]]) -> list[tuple[float, str]]:
    return [(at, decision.text) for at, decision in log if isinstance(decision, Say)]


def phone() -> Climb:
    call = Climb(LADDER, active=False)
    call.run([(0, PHONE)], until=0)
    return call


def test_the_ladder_waits_for_a_phone_without_media_and_starts_to_count_again() -> None:
    call = phone()
    gap = [(6.0, MediaLost("caller", since=103.5)), (26.0, MediaRestored("caller", 22.5))]
    assert lines(call.run([call.listens(0), *gap], until=44)) == [(34, "Still there?")]
    assert [why for _, why in call.notes] == [
        "the silence ladder is paused: no packets arrive",
        "the silence ladder is resumed: packets arrive again",
    ]


def test_a_ladder_that_has_begun_goes_on_with_its_next_step() -> None:
    call = phone()
    gap = [(9.0, MediaLost("caller", since=106.5)), (20.0, MediaRestored("caller", 13.5))]
    steps = call.run([call.listens(0), *call.speaks(8.1, 8.9), *gap], until=30)
    assert lines(steps) == [(8, "Still there?"), (30, "Hello?")]


def test_the_wait_for_media_has_a_cap() -> None:
    call = phone()
    steps = call.run([call.listens(0), (6, MediaLost("caller", since=103.5))], until=320)
    assert lines(steps) == [(6 + LADDER.caps.paused + 8, "Still there?")]


def test_a_web_caller_without_media_counts_as_silent(call: Climb) -> None:
    steps = call.run([call.listens(0), (6, MediaLost("caller", since=103.5))], until=9)
    assert lines(steps) == [(8, "Still there?")]
    assert call.notes == []


def test_a_lost_server_is_no_hold_of_the_phone() -> None:
    call = phone()
    assert lines(call.run([call.listens(0), (6, MediaLost("server", since=103.5))], until=9)) == [(8, "Still there?")]
