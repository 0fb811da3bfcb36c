"""A line of our agent that is shorter than with LiveKit alone is harm, unless a recorded fact explains its end."""

import gc
from dataclasses import replace

import pytest

from offhook.testing.compare import CallSpec, Played, play, served_calls
from offhook.testing.compare.harm import judge

from .parts import assert_no_harm


@pytest.mark.slow
def test_a_line_that_the_same_backchannel_or_the_end_of_the_callers_turn_ended_is_no_harm() -> None:
    assert_no_harm(11000131, 11000273, 11000555, 11000583)


@pytest.mark.slow
def test_a_line_that_nothing_explains_is_interrupted() -> None:
    for number, name in ((11000131, ""), (11000555, "TurnCommitted")):
        call, alone, ours = played(number)
        assert "interrupted" in [one.kind for one in judge(call, alone, unexplained(ours, name))], number


def played(number: int) -> tuple[CallSpec, Played, Played]:
    """Return the call of this number, and its runs with LiveKit alone and with offhook."""
    call = next(one for one in served_calls(number // 1_000_000, 1_000) if one.seed == number)
    runs = play(call, "alone"), play(call, "ours")
    gc.collect()  # else asyncio logs lost errors of the agents later, in another test
    return call, *runs


def unexplained(run: Played, name: str) -> Played:
    """Return the run without the records of this name; without a name, without the caller's backchannels."""
    if name:
        return replace(run, records=[one for one in run.records if one.name != name])
    return replace(run, caller=[one for one in run.caller if one[2] != "mhm"])


@pytest.mark.slow
def test_a_typed_text_that_ended_the_last_line_before_a_handoff_is_no_harm_but_without_a_handoff_it_is() -> None:
    call, alone, ours = played(12000805)
    assert not any(one.harm for one in judge(call, alone, ours))
    stayed = [replace(one, body={**one.body, "handoff": False}) for one in ours.records]
    assert "another answer" in [one.kind for one in judge(call, alone, replace(ours, records=stayed))]
