"""The example agents in simulated calls: exact to the millisecond, and the same every time."""

from pathlib import Path

import pytest

from offhook.core.commands import EndCommand
from offhook.testing import CallOverError, Phone, ScriptedCaller, WaitTimeoutError, simulate

AGENTS = Path(__file__).parents[3] / "agents"
DESK = AGENTS / "agent.py"


async def asks(call: ScriptedCaller) -> None:
    await call.hears("front desk")
    await call.says("what are your opening hours")
    await call.hears("day and night")
    await call.hears("still there", timeout=10)
    await call.says("thank you goodbye")
    await call.ended()


@pytest.mark.slow
@pytest.mark.parametrize("agent", ["agent.py", "plain.py"])
def test_a_shipped_agent_greets_answers_asks_and_says_goodbye(agent: str) -> None:
    call = simulate(AGENTS / agent, asks)
    assert (call.reason, call.asked) == ("agent_ended", ("delete_room",))
    assert call.heard == ["what are your opening hours", "thank you goodbye"]
    assert [line.split(".")[0] for line in call.said] == [
        "Hello, this is the front desk",
        "The front desk is open day and night",
        "Are you still there?",
        "Thank you for calling",
    ]
    assert call.tools == ["end_call"]


def test_the_silence_ladder_is_exact() -> None:
    call = simulate(DESK)
    steps = [record.elapsed for record in call.records if record.by == "silence" and record.name != "MarkAway"]
    spoken = [record.elapsed for record in call.records if record.name == "LinePlayed"]
    waited = [round(step - said, 2) for step, said in zip(steps, spoken, strict=False)]
    assert waited == [8.0, 10.0, 8.0]
    assert call.reason == "silence"
    assert call.said[-1] == "I will hang up now. Bye!"
    assert call.silences.longest == pytest.approx(10.3, abs=0.02)  # the model thinks for 0.3 s


@pytest.mark.slow
def test_the_same_call_is_the_same_each_time() -> None:
    assert len({simulate(DESK, asks).timeline for _ in range(3)}) == 1


def test_a_caller_who_interrupts_is_answered_and_what_was_heard_is_kept() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("front desk")
        await call.says("what are your opening hours")
        await call.interrupts("wait, one more thing", after="day and")
        assert await call.hears() == "Of course. What else can I do for you?"
        await call.hangs_up()

    call = simulate(DESK, caller)
    assert "The front desk is open day and night. The restaurant" not in call.said[1]
    assert call.said[1].startswith("The front desk is open day and")
    assert (call.reason, call.detail) == ("caller_hung_up", "client_initiated")


def test_noise_without_words_holds_the_ladder_but_is_no_answer() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("front desk")
        await call.silent(6)
        await call.makes("cough", 4)
        await call.hears("still there", timeout=5)
        await call.hangs_up()

    call = simulate(DESK, caller)
    assert call.heard == []
    assert "held by a sound" in call.timeline


def test_hiss_is_nothing() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("front desk")
        call.background("hiss", 60)
        await call.hears("still there", timeout=11)
        await call.hangs_up()

    assert "held by" not in simulate(DESK, caller).timeline


def test_a_phone_rings_is_answered_presses_types_and_is_commanded() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.silent(3)
        assert call.now == pytest.approx(3, abs=0.01)
        await call.becomes("active")
        await call.hears("front desk")
        await call.presses("1#")
        await call.types("what are your opening hours")
        await call.hears("day and night")
        assert (await call.commands(EndCommand(goodbye="It is over.")))["status"] == "accepted"
        await call.ended()

    call = simulate(DESK, caller, phone=Phone(status="ringing"))
    assert call.at("KeyPressed") == pytest.approx([6.21, 6.46], abs=0.02)
    assert (call.reason, call.said[-1]) == ("command", "It is over.")


def test_a_server_that_fails_is_asked_again() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("front desk")
        await call.drops_off()

    call = simulate(DESK, caller, failing=2)
    assert (call.reason, call.detail) == ("caller_hung_up", "connection_timeout")
    assert call.asked == ("delete_room",) * 3


def test_a_plan_that_raises_is_apologised_for(tmp_path: Path) -> None:
    agent = tmp_path / "broken.py"
    agent.write_text(
        "from offhook import serve\n\n\ndef plan(call):\n    raise ValueError('no')\n\n\nserver = serve(plan)\n"
    )
    call = simulate(agent)
    assert (call.reason, call.detail) == ("error", "ValueError: no")
    assert call.said == ["I am sorry, something went wrong on our side. Please call again."]


def test_who_waits_in_vain_sees_the_call() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("pizza", timeout=20)

    with pytest.raises(WaitTimeoutError, match=r"waited 20 s for the agent to say 'pizza'(.|\n)*front desk"):
        simulate(DESK, caller)


def test_a_script_that_goes_on_after_the_end_is_told() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("front desk")
        await call.hangs_up()
        await call.says("hello?")

    with pytest.raises(CallOverError, match=r"cannot say 'hello\?' because the call is over"):
        simulate(DESK, caller)


def test_an_assertion_in_a_script_fails_the_test_and_shows_the_call() -> None:
    async def caller(call: ScriptedCaller) -> None:
        assert await call.hears() == "something else"

    with pytest.raises(AssertionError) as failed:
        simulate(DESK, caller)
    assert "Hello, this is the front desk" in failed.value.__notes__[0]
