"""Whole calls of quiet callers: every kind of step, the ladders of a call, pauses, and a rescued goodbye."""

from collections.abc import Mapping
from typing import Any

import pytest
from livekit.agents import Agent, AgentTask, RunContext, UserStateChangedEvent, function_tool

from offhook import (
    Call,
    Ending,
    OngoingCall,
    Plan,
    Silence,
    ask,
    call_of,
    do,
    goodbye,
    instruct,
    say,
    serve,
    transfer,
)
from offhook.models.offline.rules import Reply
from offhook.testing import ScriptedCaller, SimulatedCall, simulate

BYE = goodbye("Goodbye.", after=1.5)
PATIENT = Silence(say("Take your time.", after=1.5))
REPLIES: Mapping[str, Any] = {
    "hold on": Reply("", "hold_on"),
    "back again": Reply("", "back_again"),
    "fill the form": Reply("", "fill_the_form"),
    "done": Reply("", "done"),
    "tool:hold_on": "I wait.",
    "tool:back_again": "Good.",
    "tool:fill_the_form": "It is filled.",
    "system:.*Offer": "Shall we call you back?",
    "choose": "This one or that one?",
    "still here": "I hear you.",
}


async def look_up(call: OngoingCall) -> None:
    """The function of a `do` step."""
    await call.add_message("The order is on its way.")


class Form(AgentTask[str]):
    """Waits while the caller fills a form."""

    def __init__(self) -> None:
        super().__init__(instructions="Wait.")

    async def on_enter(self) -> None:
        self.session.say("Please fill it in.")

    @function_tool
    async def done(self) -> None:
        """The form is filled."""
        self.complete("filled")


class Desk(Agent):
    """Has a tool for each reason to wait, and notes the caller's states."""

    def __init__(self) -> None:
        super().__init__(instructions="You are the desk.")

    async def on_enter(self) -> None:
        STATES.clear()

        def note(event: UserStateChangedEvent) -> None:
            STATES.append(event.new_state)

        self.session.on("user_state_changed", note)

    @function_tool
    async def hold_on(self, ctx: RunContext[Any]) -> str:
        """The caller is away for a moment."""
        call_of(ctx).pause("hold", by="tool")
        return "Say that you wait."

    @function_tool
    async def back_again(self, ctx: RunContext[Any]) -> str:
        """The caller is back."""
        call_of(ctx).resume("hold", by="tool")
        return "Say good."

    @function_tool
    async def fill_the_form(self, ctx: RunContext[Any]) -> str:
        """The caller fills a form."""
        with call_of(ctx).silence_while(PATIENT, by="tool"):
            return await Form()


STATES: list[str] = []
LADDERS: Mapping[str, Silence] = {
    "steps": Silence(
        do(look_up, after=1),
        instruct("Be brief.", after=1),
        ask("Offer to call back.", after=1),
        transfer("tel:+15105550100", after=1),
        BYE,
        away="always",
    ),
    "opening": Silence(
        say("Are you still there?", after=2),
        opening=[say("Can you hear me?", after=1)],
        question=[say("Which one?", after=3), BYE],
    ),
    "pause": Silence(say("Are you still there?", after=2)),
    "polite": Silence(say("Are you still there?", after=1), goodbye("I will hang up now. Goodbye.", after=1.5)),
}


def plan(call: Call) -> Plan:
    ending = Ending(on_interruption="reconsider") if call.metadata == "polite" else Ending()
    return Plan(agent=Desk(), greeting="Hello.", silence=LADDERS[call.metadata], ending=ending)


server = serve(plan)


def climbed(call: SimulatedCall) -> list[tuple[str, float]]:
    """Each step: its decision, and the seconds since the agent's last end of speech."""
    steps, since = [], 0.0
    for one in call.records:
        if one.name == "AgentStateChanged" and one.body["state"] == "listening":
            since = float(one.body["since"])
        elif one.by == "silence" and one.name not in ("Note", "MarkAway"):
            steps.append((one.name, round(one.elapsed - since, 1)))
    return steps


def texts(call: SimulatedCall, name: str) -> list[object]:
    return [one.body["text"] for one in call.records if one.name == name]


def test_functions_instructions_questions_and_refused_transfers_are_steps_and_handlers_see_away_at_each() -> None:
    async def waits(call: ScriptedCaller) -> None:
        await call.ended()

    call = simulate(server, waits, metadata="steps", replies=REPLIES)
    assert [name for name, _ in climbed(call)] == ["RunFunction", "Instruct", "Ask", "Transfer", "EndCall"]
    assert (texts(call, "MessageAdded"), texts(call, "InstructionsChanged")) == (
        ["The order is on its way."],
        ["Be brief."],
    )
    assert call.said == ["Hello.", "Shall we call you back?", "Goodbye."]
    refused = [str(one.body["error"]) for one in call.records if one.name == "ActionDone" and one.body["error"]]
    assert len(refused) == 1
    assert "only a phone can be transferred" in refused[0]
    assert [one.name for one in call.records].count("MarkAway") == 5
    assert STATES.count("away") == 5


def test_the_opening_ends_with_the_first_words_and_a_question_has_a_ladder_of_its_own() -> None:
    async def script(call: ScriptedCaller) -> None:
        await call.hears("Can you hear me")
        await call.says("yes i am still here")
        await call.hears("Are you still there")
        await call.types("let me choose")
        await call.ended()

    call = simulate(server, script, metadata="opening", replies=REPLIES)
    asked = ["Can you hear me?", "I hear you.", "Are you still there?", "This one or that one?", "Which one?"]
    assert call.said == ["Hello.", *asked, "Goodbye."]
    assert [waited for _, waited in climbed(call)] == [1, 2, 3, 1.5]


@pytest.mark.slow
def test_a_pause_holds_the_ladder_until_it_is_over_and_a_form_has_its_own() -> None:
    async def script(call: ScriptedCaller) -> None:
        await call.hears("Hello")
        await call.types("hold on")
        await call.hears("I wait")
        await call.silent(30)
        await call.types("back again")
        await call.hears("Are you still there")
        await call.types("fill the form")
        await call.hears("Take your time")
        await call.types("done")
        await call.hears("It is filled")
        await call.hears("Are you still there")
        await call.hangs_up()

    call = simulate(server, script, metadata="pause", replies=REPLIES)
    assert call.said == [
        "Hello.",
        "I wait.",
        "Good.",
        "Are you still there?",
        "Please fill it in.",
        "Take your time.",
        "It is filled.",
        "Are you still there?",
    ]
    assert [waited for _, waited in climbed(call)] == [2, 1.5, 2]
    notes = [str(one.body["why"]) for one in call.records if one.name == "Note"]
    assert [note for note in notes if "paused" in note or "resumed" in note] == [
        "the silence ladder is paused (hold) by tool",
        "the silence ladder is resumed (hold) by tool",
    ]


@pytest.mark.slow
def test_words_step_off_and_after_a_rescued_goodbye_the_next_silence_begins_anew() -> None:
    async def script(call: ScriptedCaller) -> None:
        await call.hears("Are you still there")
        await call.says("yes i am still here")
        await call.interrupts("yes i am still here", after="I will hang up")
        await call.ended()

    call = simulate(server, script, metadata="polite", replies=REPLIES)
    assert [name for name, _ in climbed(call)] == ["Say", "Say", "EndCall", "Say", "EndCall"]
    assert [one.body["reason"] for one in call.records if one.name == "EndCancelled"] == ["silence"]
    assert climbed(call)[3] == ("Say", pytest.approx(1))
    assert call.reason == "silence"
