"""`agents/outbound.py` calls a guest, leaves a message on a voicemail, does its task, and hangs up the phone."""

from pathlib import Path
from typing import Any

import pytest

from offhook.testing import Callee, ScriptedCaller, SimulatedCall, simulate

AGENT = Path(__file__).parents[3] / "agents" / "outbound.py"
ASKED = '{"dial": {"to": "+15551234567", "trunk": "ST_simulated"}, "guest": "Ann"}'


async def guest(callee: ScriptedCaller) -> None:
    await callee.silent(0.5)
    await callee.says("Hello?")
    await callee.hears("keep your table")
    await callee.says("A table for four, please.")
    await callee.hears("for four")
    await callee.says("Goodbye.")
    await callee.ended()


def call(script: Any, *callees: Callee, metadata: str = ASKED) -> SimulatedCall:
    return simulate(AGENT, script, callees=callees, metadata=metadata)


@pytest.mark.slow
def test_it_does_its_task_says_goodbye_and_hangs_up_the_phone() -> None:
    done = call(guest, Callee())
    assert (done.reason, done.tools) == ("agent_ended", ["book", "end_call"])
    assert done.said[-1] == "Thank you for calling. Goodbye."
    assert done.asked == ("dial +15551234567", "delete_room")


@pytest.mark.slow
def test_it_calls_again_when_the_line_is_busy() -> None:
    done = call(guest, Callee(code=486), Callee())
    assert (done.reason, len(done.at("PlaceCall"))) == ("agent_ended", 2)


def test_it_leaves_a_message_on_a_voicemail() -> None:
    async def machine(callee: ScriptedCaller) -> None:
        await callee.silent(0.5)
        await callee.says("This is Ann's voicemail. Please leave a message after the beep.")
        await callee.ended()

    done = call(machine, Callee())
    assert done.reason == "voicemail"
    assert "call us back" in done.said[0]


def test_on_the_talk_page_the_person_in_the_room_is_the_guest() -> None:
    async def person(caller: ScriptedCaller) -> None:
        await caller.hears("keep your table")

    done = simulate(AGENT, person, stays=1)
    assert (done.reason, done.asked) == ("caller_hung_up", ("delete_room",))
