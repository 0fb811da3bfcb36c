"""LiveKit's voicemail detection in virtual time: who answers decides what is said."""

import json
from pathlib import Path
from typing import Any

from offhook.testing import Callee, ScriptedCaller, SimulatedCall, simulate

AGENT = Path(__file__).parent / "agents" / "caller_out.py"
MESSAGE, SCREENING, GREETING = "Please call us back.", "It is about the appointment.", "Hello, this is the clinic."
MACHINE = "You have reached Ann. I am not at home right now. Please leave a message after the tone."


def dial(script: Any, **voicemail: str) -> SimulatedCall:
    said = {"message": MESSAGE, "screening": SCREENING, **voicemail}
    metadata = json.dumps({"dial": {"to": "+15551234567"}, "voicemail": said})
    return simulate(AGENT, script, callees=[Callee()], metadata=metadata)


def answered_by(call: SimulatedCall) -> list[object]:
    return [one.body["who"] for one in call.records if one.name == "AnsweredBy"]


def test_a_voicemail_gets_the_message_after_its_greeting_and_nothing_else() -> None:
    async def machine(callee: ScriptedCaller) -> None:
        await callee.silent(0.5)
        await callee.says(MACHINE)
        assert not callee.earpiece.lines
        await callee.ended()

    call = dial(machine)
    assert (answered_by(call), call.said, call.reason) == (["voicemail"], [MESSAGE], "voicemail")


def test_a_person_is_greeted_and_the_answer_to_the_hello_is_the_greeting() -> None:
    async def person(callee: ScriptedCaller) -> None:
        await callee.silent(0.5)
        await callee.says("Hello?")
        await callee.hears("clinic")
        await callee.hangs_up()

    call = dial(person)
    assert (answered_by(call), call.said) == (["person"], [GREETING])
    assert call.silences.longest < 2.5


def test_a_person_who_picks_up_during_the_message_is_talked_to() -> None:
    async def picks_up(callee: ScriptedCaller) -> None:
        await callee.silent(0.5)
        await callee.says(MACHINE)
        await callee.interrupts("Hello hello, this is Ann, I am here now.")
        await callee.hears("How can I help")
        await callee.hangs_up()

    call = dial(picks_up)
    assert (answered_by(call), call.reason) == (["voicemail"], "caller_hung_up")


def test_a_machine_that_asks_who_is_calling_is_answered_and_the_person_behind_it_is_talked_to() -> None:
    async def screening(callee: ScriptedCaller) -> None:
        await callee.silent(0.5)
        await callee.says("Please state your name and why you are calling, and I will see if the person is available.")
        await callee.hears("appointment")
        await callee.silent(3)
        await callee.says("Hi, this is Ann.")
        await callee.hears("How can I help")
        await callee.hangs_up()

    call = dial(screening)
    assert (answered_by(call), call.said[0], call.reason) == (["screening"], SCREENING, "caller_hung_up")


def test_a_full_mailbox_gets_no_message() -> None:
    async def full(callee: ScriptedCaller) -> None:
        await callee.silent(0.5)
        await callee.says("The mailbox is full and cannot accept any messages. Goodbye.")
        await callee.ended()

    call = dial(full)
    assert (answered_by(call), call.said, call.reason) == (["mailbox_full"], [], "voicemail")


def test_somebody_who_says_nothing_is_greeted_and_the_ladder_counts_from_then_on() -> None:
    call = dial(None)
    assert (answered_by(call), call.said[0]) == (["unknown"], GREETING)
    assert call.reason == "silence"


def test_a_missing_recording_ends_the_call_before_it_is_dialled() -> None:
    call = dial(None, file="no-such-file.wav")
    assert (call.reason, call.asked) == ("error", ("delete_room",))
    assert "there is no such file" in call.detail
