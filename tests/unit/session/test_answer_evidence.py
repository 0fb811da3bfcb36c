"""Facts from LiveKit's own objects about pending answers, and the private LiveKit names that they depend on."""

import asyncio
from typing import Any

import pytest
from livekit.agents import Agent, AgentTask, RunContext, StopResponse, ToolResult, function_tool
from livekit.agents.voice import SpeechHandle

from offhook.core.facts import Planned
from offhook.models.offline.rules import Reply, Rule
from offhook.session.inbound.agent_taps import AgentTaps
from offhook.session.inbound.answer_evidence import PRIVATE
from offhook.session.inbound.tool_outcome import TASK

NOTE = Rule("^user:.*note", Reply("I write it down.", tool="note"))
TWICE = Rule("^user:.*both", Reply(tool="note"))


def noting(work: Any, *more: Any) -> Agent:
    @function_tool(name="note")
    async def note(ctx: RunContext[Any]) -> Any:
        """Write something down."""
        return await work(ctx)

    return Agent(instructions="You take notes.", tools=[note, *more])


async def nothing(ctx: RunContext[Any]) -> None:
    return None


async def stop(ctx: RunContext[Any]) -> None:
    raise StopResponse


async def silently(ctx: RunContext[Any]) -> Any:
    return ToolResult("written down", reply_required=False)


async def something(ctx: RunContext[Any]) -> str:
    return "written down"


async def fail(ctx: RunContext[Any]) -> None:
    raise ValueError("no paper")


@pytest.mark.parametrize(
    ("work", "declined"), [(nothing, []), (something, []), (fail, []), (stop, ["tool note"]), (silently, ["tool note"])]
)
async def test_a_tool_declines_only_on_purpose(pick_up: Any, edge: Any, work: Any, declined: list[str]) -> None:
    phone = await pick_up(noting(work), NOTE)
    await phone.says("note it")
    assert [record.body["by"] for record in edge.records if record.name == "TurnDeclined"] == declined


async def test_a_handler_that_calls_the_reply_off_declines(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(noting(something), NOTE)
    phone.session.on("function_tools_executed", lambda event: event.cancel_tool_reply())
    await phone.says("note it")
    assert edge.find("TurnDeclined").body["by"] == "tool note"


async def test_the_task_that_runs_a_tool_has_the_name_by_which_it_is_found(pick_up: Any) -> None:
    names: list[str] = []

    async def work(ctx: RunContext[Any]) -> None:
        task = asyncio.current_task()
        names.append(task.get_name() if task else "")

    phone = await pick_up(noting(work), NOTE)
    await phone.says("note it")
    assert names == [TASK.format(name="note")]


def test_a_speech_keeps_by_what_it_was_interrupted() -> None:
    async def main() -> None:
        handle = SpeechHandle.create()
        assert getattr(handle, PRIVATE) is None
        handle.interrupt(source="audio_activity")
        assert getattr(handle, PRIVATE) == "audio_activity"

    asyncio.run(main())


async def test_a_speech_is_told_with_its_end_and_by_what_it_was_interrupted(pick_up: Any, edge: Any) -> None:
    async def work(ctx: RunContext[Any]) -> None:
        ctx.speech_handle.interrupt()

    phone = await pick_up(noting(work), NOTE)
    await phone.says("note it")
    assert edge.find("SpeechCreated").body["source"] == "generate_reply"
    assert edge.find("SpeechEnded").body["interrupted"] == "code"


class Form(AgentTask[str]):
    def __init__(self) -> None:
        super().__init__(instructions="You fill a form.")

    async def on_enter(self) -> None:
        self.complete("done")


async def test_a_task_inside_a_tool_is_one_deeper_and_comes_back(pick_up: Any, edge: Any) -> None:
    async def work(ctx: RunContext[Any]) -> str:
        return await Form()

    phone = await pick_up(noting(work), NOTE)
    await phone.says("note it")
    await asyncio.sleep(1)
    assert [record.body["depth"] for record in edge.records if record.name == "AgentHandoff"] == [1, 0]


async def test_the_methods_of_an_agent_are_its_own_again_after_the_call(pick_up: Any) -> None:
    agent = noting(nothing)
    own = lambda *_: None  # noqa: E731  # any function works
    vars(agent)["on_exit"] = own
    phone = await pick_up(agent, NOTE)
    assert {"llm_node", "tts_node", "on_enter", "on_user_turn_completed"} <= set(vars(agent))
    await phone.session.aclose()
    assert not {"llm_node", "tts_node", "on_enter", "on_user_turn_completed"} & set(vars(agent))
    assert vars(agent)["on_exit"] is own


async def test_a_method_that_was_set_on_the_agent_itself_is_put_back(pick_up: Any) -> None:
    agent = noting(nothing)

    async def entered() -> None:
        return None

    vars(agent)["on_enter"] = entered
    phone = await pick_up(agent, NOTE)
    await phone.session.aclose()
    assert vars(agent)["on_enter"] is entered


async def test_a_plan_without_a_watch_over_answers_wraps_nothing() -> None:
    class Session:
        current_agent = Agent(instructions="x")

    taps = AgentTaps(Session(), {"on_enter": lambda agent, own: own})  # type: ignore[arg-type]  # as much as is used
    taps.notice(Planned(dead_air=None))
    assert "on_enter" not in vars(Session.current_agent)
