"""A real supervisor hangs up exactly once, for any number and timing of end requests."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.examples import examples
from tests.unit.session.conftest import Edge

from offhook.core.commands import EndCommand
from offhook.core.decisions import HangUp, Say
from offhook.core.ending import Ending
from offhook.core.facts import (
    CallerFound,
    CallerLeft,
    CommandReceived,
    EndRequested,
    Fact,
    PlanFailed,
    Planned,
    SessionClosed,
)
from offhook.engine.supervisor import Supervisor
from offhook.testing.virtual import run

OFTEN = 337
BYE = EndRequested("agent_ended", goodbye="Goodbye.", by="tool end_call")
WISHES = st.sampled_from(
    [
        BYE,
        EndRequested("limit", goodbye="Time is up.", by="limits"),
        EndRequested("shutdown", by="worker"),
        EndRequested("silence", goodbye="", by="silence"),
        SessionClosed("error", error="401"),
        PlanFailed("it raised"),
        CommandReceived("c1", by="desk", verb=EndCommand()),
        CallerLeft("client_initiated"),
    ]
)
SLOW = st.sampled_from([0.0, 0.3, 2.0, 40.0])


async def test_337_calls_of_the_tool_cut_the_line_once_and_all_are_on_record(edge: Any, supervisor: Supervisor) -> None:
    for _ in range(OFTEN):
        supervisor.post(BYE)
    assert (await supervisor.run()).reason == "agent_ended"
    assert [type(what) for _, what in edge.done] == [Say, HangUp]
    assert [edge.names().count(name) for name in ("EndRequested", "Note", "HangUp")] == [OFTEN, OFTEN - 1, 1]
    notes = {record.body["why"] for record in edge.records if record.name == "Note"}
    assert notes == {"already ending (agent_ended); ignored: agent_ended by tool end_call"}


@pytest.mark.slow
@given(
    decisions=st.lists(st.tuples(st.floats(0, 20), WISHES), min_size=1, max_size=8),
    speaks=SLOW,
    safe=st.sampled_from([0.0, 0.5]),
    closes=SLOW,
    polite=st.booleans(),
    talks=st.booleans(),
)
@settings(max_examples=examples(150), derandomize=True)
def test_whenever_the_end_is_wanted_the_line_is_cut_once_and_in_time(
    decisions: list[tuple[float, Fact]], speaks: float, safe: float, closes: float, polite: bool, talks: bool
) -> None:
    edge = Edge(line_takes=closes, speech_takes=speaks, safe_takes=safe, says=lambda _: talks)

    async def play() -> float:
        clock = asyncio.get_running_loop().time
        supervisor = Supervisor("call-1", line=edge, voice=edge, recorder=edge)
        supervisor.post(CallerFound("anna", phone=True, active=True))
        supervisor.post(Planned(ending=Ending(on_interruption="reconsider" if polite else "finish")))
        running = asyncio.create_task(supervisor.run())
        began, last = clock(), 0.0
        for at, fact in sorted(decisions, key=lambda pair: pair[0]):
            await asyncio.sleep(began + at - clock())
            supervisor.post(fact)
            last = at
        if polite and talks:  # the caller may have cancelled every end request so far
            await asyncio.sleep(5)
            supervisor.post(EndRequested("command", goodbye="", by="the test"))
        await running
        return clock() - began - last

    took = run(play())
    assert [type(what) for _, what in edge.done].count(HangUp) == 1
    assert took <= 5 + 15 + 0.3 + 30
