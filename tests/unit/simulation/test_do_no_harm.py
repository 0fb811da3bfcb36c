"""offhook does not intervene in healthy calls, and a caller without an answer hears one; with typical user agents."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from livekit.agents import Agent, AgentTask, RunContext, StopResponse, function_tool
from livekit.agents.llm import ToolError

from offhook import Call, Plan, serve
from offhook.core.dead_air import DeadAir
from offhook.models.offline.rules import Reply
from offhook.testing import ScriptedCaller, simulate
from offhook.testing.simulation.result import SimulatedCall

ONE, TWO = DeadAir().fillers
TROUBLE, UNHEARD = DeadAir().retry_failed_text, DeadAir().no_match_text
NOTED = "I make a note of that."
REPLIES = {
    "user:.*note": Reply(NOTED, tool="note"),
    "user:.*quietly": Reply(tool="note"),
    "tool:note:": "It is written down.",
    "user:.*form": Reply(tool="fill"),
    "user:.*value": Reply(tool="field"),
    "tool:fill:": "Thank you, the form is complete.",
    "user:.*specialist": Reply(tool="route"),
    "user:.*hours": "We are open all day.",
    "system:.*You have called tools": "I could not find that out.",
}
POLICY = "answer"


class Front(Agent):
    """An agent with one tool, or with overridden methods."""

    def __init__(self, *tools: Any) -> None:
        super().__init__(instructions="You are the front desk.", tools=list(tools))


def play(agent: Agent, script: Any, **options: Any) -> SimulatedCall:
    """Play one call of this agent; times are virtual."""

    async def plan(call: Call) -> Plan:
        return Plan(agent=agent, greeting="Hello.")

    async def caller(call: ScriptedCaller) -> None:
        await call.hears("Hello")
        await script(call)
        await call.hangs_up()

    return simulate(serve(_named(plan)), caller, replies=REPLIES, stays=0.0, **options)


def _named(plan: Any) -> Any:
    """Register the plan as a module-level name, because plans are passed to LiveKit by name."""
    globals()["plan"] = plan
    plan.__qualname__ = "plan"
    plan.__module__ = __name__
    return plan


def decided(call: SimulatedCall) -> Sequence[str]:
    """The decisions of the dead-air policy."""
    return [record.name for record in call.records if record.by == POLICY]


def said(call: SimulatedCall) -> Sequence[str]:
    return [line.strip() for line in call.said[1:]]


def saying(*lines: str, then: float = 20.0) -> Any:
    async def script(call: ScriptedCaller) -> None:
        for line in lines:
            await call.says(line)
            await call.silent(then)

    return script


def note(work: Any) -> Any:
    @function_tool(name="note")
    async def tool(ctx: RunContext[Any]) -> Any:
        """Write something down."""
        return await work(ctx)

    return tool


async def nothing(ctx: RunContext[Any]) -> None:
    """Return nothing."""


async def stop(ctx: RunContext[Any]) -> None:
    raise StopResponse


async def hang(ctx: RunContext[Any]) -> str:
    await asyncio.sleep(600)
    return "done"


def test_a_sentence_and_a_tool_that_returns_nothing_are_an_answer() -> None:
    call = play(Front(note(nothing)), saying("please note it", "please note it"))
    assert (said(call), call.tools, decided(call)) == ([NOTED, NOTED], ["note", "note"], [])


def test_a_sentence_and_a_handoff_to_an_agent_that_only_listens_are_an_answer() -> None:
    async def over(ctx: RunContext[Any]) -> Agent:
        return Front()

    call = play(Front(note(over)), saying("please note it"))
    assert (said(call), decided(call)) == ([NOTED], [])


@pytest.mark.parametrize("words", ["please note it", "please do it quietly"])
def test_a_tool_that_asks_for_no_answer_gets_none(words: str) -> None:
    call = play(Front(note(stop)), saying(words))
    assert (decided(call), call.tools) == ([], ["note"])


def test_a_tool_that_returns_nothing_after_no_words_is_answered_all_the_same() -> None:
    call = play(Front(note(nothing)), saying("please do it quietly"))
    assert said(call) == [ONE, "I could not find that out."]
    assert call.silences.longest < 20


def test_a_tool_error_is_the_models_to_answer() -> None:
    async def refuse(ctx: RunContext[Any]) -> None:
        raise ToolError("There is no paper.")

    call = play(Front(note(refuse)), saying("please note it"))
    assert decided(call) == []


class Form(AgentTask[str]):
    """Asks one question and waits for its answer."""

    def __init__(self) -> None:
        super().__init__(instructions="You fill a form.")

    async def on_enter(self) -> None:
        self.session.say("Please read me the long number on the back of your card.")

    @function_tool
    async def field(self) -> None:
        """Take the value."""
        self.complete("all fields")


@function_tool
async def fill() -> str:
    """Fill a form with the caller."""
    return f"form: {await Form()}"


@pytest.mark.slow
def test_a_task_inside_a_tool_has_as_long_as_the_caller_takes() -> None:
    async def script(call: ScriptedCaller) -> None:
        await call.says("i want to fill a form")
        await call.hears("long number")
        await call.silent(25)
        await call.says("the value is this")
        await call.hears("form is complete")
        await call.silent(5)

    call = play(Front(fill), script)
    assert (decided(call), call.tools) == ([], ["fill", "field"])


class Called(Agent):
    """Answers only when it is called by its name."""

    def __init__(self) -> None:
        super().__init__(instructions="You are called robot.")

    async def on_user_turn_completed(self, turn_ctx: Any, new_message: Any) -> None:
        if "robot" not in (new_message.text_content or ""):
            raise StopResponse


def test_a_turn_that_the_agent_declines_is_nobodys_debt() -> None:
    lines = ("we talk among ourselves", "and once more among ourselves", "this is still not for it")
    call = play(Called(), saying(*lines, then=16.0))
    assert (said(call), decided(call)) == ([], [])


def turn(work: Any) -> Agent:
    class Own(Agent):
        async def on_user_turn_completed(self, turn_ctx: Any, new_message: Any) -> None:
            await work()

    return Own(instructions="You look things up first.")


def test_a_look_up_of_four_seconds_before_the_answer_is_bridged_and_nothing_else() -> None:
    call = play(turn(lambda: asyncio.sleep(4)), saying("what are your hours"))
    assert (said(call), decided(call)) == ([ONE, "We are open all day."], ["Say"])


def test_code_that_hangs_before_the_answer_is_stopped_and_the_caller_told() -> None:
    call = play(turn(lambda: asyncio.sleep(40)), saying("what are your hours", then=35.0))
    assert said(call) == [ONE, TWO, TROUBLE]
    assert max(call.at("AgentCodeEnded")) == pytest.approx(max(call.at("AgentCodeStarted")) + 20, abs=0.5)


def test_what_code_before_the_answer_raises_is_in_the_journal_and_the_caller_hears_of_it() -> None:
    async def fail() -> None:
        raise ValueError("the index is gone")

    call = play(turn(fail), saying("what are your hours", then=8.0))
    (ended,) = [record.body for record in call.records if record.name == "AgentCodeEnded"]
    assert (ended["status"], ended["error"]) == ("error", "ValueError: the index is gone")
    assert said(call) == [TROUBLE]


def test_code_that_fails_before_two_answers_in_a_row_ends_the_call() -> None:
    async def fail() -> None:
        raise ValueError("the index is gone")

    async def script(call: ScriptedCaller) -> None:
        await call.says("what are your hours")
        await call.silent(8)
        await call.says("what are your hours")
        await call.ended(timeout=10)

    assert play(turn(fail), script).reason == "error"


def slow_entry(seconds: float) -> Any:
    class Specialist(Agent):
        async def on_enter(self) -> None:
            await asyncio.sleep(seconds)
            self.session.say("I have your file.")

    @function_tool
    async def route() -> Agent:
        """Hand over to the specialist."""
        return Specialist(instructions="You are the specialist.")

    return route


def test_an_agent_that_takes_over_slowly_is_bridged_until_it_speaks() -> None:
    call = play(Front(slow_entry(8)), saying("the specialist please", then=15.0))
    assert (said(call), decided(call)) == ([ONE, "I have your file."], ["Say"])


def test_an_agent_that_takes_over_and_does_not_come_to_speak_is_asked_for_words() -> None:
    call = play(Front(slow_entry(60)), saying("the specialist please", then=30.0))
    assert [record.body["tag"] for record in call.records if record.name == "RetryAnswer"] == ["entry_code"]
    assert len(said(call)) == 3


@pytest.mark.slow
def test_a_sound_during_a_hanging_answer_changes_nothing() -> None:
    def hanging(*, sound: bool) -> tuple[Sequence[str], str]:
        async def script(call: ScriptedCaller) -> None:
            await call.says("what are your hours")
            await call.silent(3)
            if sound:
                await call.makes("talker", 0.3)
            await call.ended(timeout=60)

        call = play(Front(), script, thinks=1000)
        return decided(call), call.reason

    assert hanging(sound=True) == hanging(sound=False) == (["Say", "RetryAnswer", "Say", "EndCall"], "error")


@pytest.mark.slow
def test_a_sound_early_in_a_long_tool_does_not_keep_it_for_ever() -> None:
    async def script(call: ScriptedCaller) -> None:
        await call.says("please note it")
        await call.silent(4)
        await call.makes("talker", 0.3)
        await call.silent(30)

    call = play(Front(note(hang)), script)
    assert [record.body["tag"] for record in call.records if record.name == "RetryAnswer"] == ["tool"]


def test_another_voice_in_an_answer_is_left_to_livekit() -> None:
    async def script(call: ScriptedCaller) -> None:
        await call.says("what are your hours")
        await call.silent(1.0)
        await call.makes("talker", 1.2)
        await call.silent(14)

    call = play(Front(), script)
    assert (said(call), decided(call)) == (["We are open all day."], [])


def test_a_caller_who_is_given_long_to_finish_is_not_told_to_wait() -> None:
    async def plan(call: Call) -> Plan:
        handling = {"turn_detection": "vad", "endpointing": {"min_delay": 3.5, "max_delay": 6.0}}
        return Plan(agent=Front(), greeting="Hello.", session={"turn_handling": handling})

    async def caller(call: ScriptedCaller) -> None:
        await call.hears("Hello")
        await call.says("what are your hours")
        await call.silent(14)
        await call.hangs_up()

    call = simulate(serve(_named(plan)), caller, replies=REPLIES, stays=0.0)
    assert (said(call), decided(call)) == (["We are open all day."], [])


class Mute(Agent):
    """Decides in its own node to say nothing."""

    def __init__(self) -> None:
        super().__init__(instructions="You listen.")

    async def llm_node(self, chat_ctx: Any, tools: Any, model_settings: Any) -> Any:
        async for chunk in Agent.default.llm_node(self, chat_ctx, tools, model_settings):
            if not isinstance(chunk, str) and chunk.delta is None:
                yield chunk


class Voiceless(Agent):
    """Decides in its own node to make no sound."""

    def __init__(self) -> None:
        super().__init__(instructions="You are read, not heard.")

    async def tts_node(self, text: Any, model_settings: Any) -> Any:
        async for _ in text:
            pass
        return
        yield


@pytest.mark.parametrize("kind", [Mute, Voiceless])
def test_a_node_that_gives_nothing_on_purpose_is_nobodys_debt(kind: type[Agent]) -> None:
    call = play(kind(), saying("what are your hours"))
    assert decided(call) == []
