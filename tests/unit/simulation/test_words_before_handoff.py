"""A caller whose turn is not complete when another agent takes over: the next agent answers the words, once."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from livekit.agents import Agent, AgentSession, AgentTask, StopResponse, llm

from offhook import BargeIn, Call, OngoingCall, Plan, serve
from offhook.facts import CallerStateChanged, Fact, SpeechCreated, TranscriptReceived
from offhook.testing import ScriptedCaller, simulate
from offhook.testing.compare import CallSpec, Played, ToolSpec, TurnSpec, play
from offhook.testing.compare.spec import EnterSpec, HookSpec
from offhook.testing.simulation.result import SimulatedCall

STORY = "The front desk is open day and night, and the restaurant serves dinner from six to eleven on every day."
NIGHT = "You are with the night desk now."
REPLIES = {"table": "It is yours.", "yes": "Fine.", "monday": "On Monday it is closed."}
TWO, FIELD = "please tell me about number two", "Please read me the long number on your card."
NO_HOOK, SAYS = HookSpec(), EnterSpec()
Planning = Callable[[Call], Plan | Awaitable[Plan]]


class Desk(Agent):
    """Says nothing by itself."""

    def __init__(self) -> None:
        super().__init__(instructions="You are a desk.")


class Night(Desk):
    """The agent of the night."""

    async def on_enter(self) -> None:
        self.session.say(NIGHT)


class Still(Night):
    """Answers no turn."""

    async def on_user_turn_completed(self, turn_ctx: llm.ChatContext, new_message: llm.ChatMessage) -> None:
        raise StopResponse


class Broken(Night):
    """Its code for a turn fails."""

    async def on_user_turn_completed(self, turn_ctx: llm.ChatContext, new_message: llm.ChatMessage) -> None:
        raise RuntimeError("out of order")


class Shows(Night):
    """Adds to the words of a turn, and to the context of the answer."""

    async def on_user_turn_completed(self, turn_ctx: llm.ChatContext, new_message: llm.ChatMessage) -> None:
        turn_ctx.add_message(role="system", content="The caller is a guest.")
        new_message.content = [f"{new_message.text_content}, monday"]


class Protected(Desk):
    """Nobody may interrupt its first line."""

    async def on_enter(self) -> None:
        self.session.say(STORY, allow_interruptions=False)


class Clears(Desk):
    """Drops the caller's words before the handoff."""


def hands_over(to: Callable[[], Agent] = Night, **plan: Any) -> Planning:
    """Another agent takes over as soon as the caller's first transcript is final, so before the end of the turn."""
    first: Agent = plan.pop("first", None) or Desk()

    async def leave(fact: Fact, ongoing: OngoingCall) -> None:
        session = ongoing.session
        if isinstance(fact, TranscriptReceived) and fact.final and session.current_agent is first:
            if isinstance(first, Clears):
                session.clear_user_turn()
            session.update_agent(to())

    return lambda _: Plan(agent=first, on={TranscriptReceived: leave}, **plan)


CURRENT: list[Planning] = []
"""Makes the plan of the current call, because a job finds its plan function by name."""


def current(call: Call) -> Plan | Awaitable[Plan]:
    return CURRENT[-1](call)


async def three_words(call: Call) -> Plan:
    """A session of the agent's own, in which fewer than three words do not interrupt the agent."""
    handling: Any = {"turn_detection": "vad", "interruption": {"min_words": 3}}
    plan = hands_over(session=AgentSession[Any](turn_handling=handling), barge_in=BargeIn())(call)
    assert isinstance(plan, Plan)
    return plan


def talks(plan: Planning, *words: str, after: float = 2.0, pause: float = 12.0) -> SimulatedCall:
    async def caller(call: ScriptedCaller) -> None:
        await call.silent(after)
        for one in words:
            await call.says(one)
            await call.silent(pause)

    CURRENT[:] = [plan]
    return simulate(serve(current), caller, stays=1.0, replies=REPLIES)


def bodies(call: SimulatedCall | Played, name: str) -> list[Any]:
    return [one.body for one in call.records if one.name == name]


def carried(call: SimulatedCall | Played) -> list[int]:
    """Return how many words were carried at each handoff."""
    return [body["words"] for body in bodies(call, "WordsCarried")]


def test_the_next_agent_answers_the_words_once_and_after_its_first_line() -> None:
    call = talks(hands_over(), "a table for two please")
    assert call.said == [NIGHT, "It is yours."]
    assert call.heard == ["a table for two please"]
    assert carried(call) == [5]
    assert [body["carried"] for body in bodies(call, "TurnCommitted")] == [True]
    assert "keeps the caller's last words for the next agent (5 words)" in call.timeline
    assert call.errors == ()


def test_words_that_go_on_after_the_handoff_are_one_turn() -> None:
    call = talks(hands_over(), "a table for two please", "on monday", pause=0.8)
    assert call.heard[-1] == "a table for two please on monday"
    assert [body["carried"] for body in bodies(call, "TurnCommitted")] == [False]
    assert "AnswerCarriedWords" not in [one.name for one in call.records]


def test_a_turn_that_livekit_commits_before_the_handoff_is_not_given_again() -> None:
    async def leave(fact: Fact, ongoing: OngoingCall) -> None:
        if isinstance(fact, SpeechCreated) and fact.source == "generate_reply":
            ongoing.session.update_agent(Night())

    call = talks(lambda _: Plan(agent=Desk(), on={SpeechCreated: leave}), "a table for two please")
    assert (call.heard, carried(call)) == (["a table for two please"], [])


def test_the_agents_own_code_gets_the_words_as_a_turn() -> None:
    call = talks(hands_over(Shows), "a table for two please")
    assert call.heard == ["a table for two please, monday"]
    assert len(call.said) == 2
    call = talks(hands_over(Still), "a table for two please")
    assert (call.said, call.heard) == ([NIGHT], [])
    assert [body["status"] for body in bodies(call, "AgentCodeEnded") if "turn" in body["name"]] == ["declined"]
    call = talks(hands_over(Broken), "a table for two please")
    assert (call.said[0], call.heard) == (NIGHT, [])


def test_words_that_livekit_drops_on_purpose_are_not_given_to_the_next_agent() -> None:
    assert carried(talks(three_words, "monday please")) == []
    assert carried(talks(three_words, "a table for two please")) == [5]
    manual: dict[str, Any] = {"session": {"turn_handling": {"turn_detection": "manual"}}}
    assert carried(talks(hands_over(**manual), "a table for two please")) == []
    assert carried(talks(hands_over(first=Protected()), "a table for two please")) == []
    assert carried(talks(hands_over(first=Clears()), "a table for two please")) == []
    assert carried(talks(hands_over(barge_in=None), "a table for two please")) == []


def test_a_backchannel_is_not_given_to_the_next_agent() -> None:
    assert carried(talks(hands_over(), "okay")) == []

    async def leave(fact: Fact, ongoing: OngoingCall) -> None:
        if isinstance(fact, TranscriptReceived) and not isinstance(ongoing.session.current_agent, Night):
            ongoing.session.update_agent(Night())

    call = talks(lambda _: Plan(agent=Desk(), greeting=STORY, on={TranscriptReceived: leave}), "mhm", after=4.0)
    assert (call.said, carried(call)) == ([STORY, NIGHT], [])


def test_words_are_too_old_for_the_next_agent_if_livekit_would_have_committed_them() -> None:
    """The words come during a line that nobody may interrupt, and the agent changes much later."""

    async def leave(fact: Fact, ongoing: OngoingCall) -> None:
        if isinstance(fact, CallerStateChanged) and fact.state == "away":
            ongoing.session.update_agent(Night())

    def plan(_: Call) -> Plan:
        return Plan(agent=Desk(), session={"user_away_timeout": 15.0}, on={CallerStateChanged: leave, **drops})

    async def stops(fact: Fact, ongoing: OngoingCall) -> None:
        """As a line that begins after the words, and that nobody may interrupt."""
        if isinstance(fact, TranscriptReceived) and fact.final and ongoing.session.current_speech is None:
            ongoing.session.say(STORY, allow_interruptions=False)

    drops: dict[type[Fact], Any] = {TranscriptReceived: stops}
    call = talks(plan, "a table for two please", pause=40.0)
    assert (call.said, carried(call)) == ([STORY, NIGHT], [])


def test_at_the_end_of_the_call_nobody_answers_the_words() -> None:
    async def leave(fact: Fact, ongoing: OngoingCall) -> None:
        if isinstance(fact, TranscriptReceived) and fact.final:
            ongoing.session.update_agent(Night())
            ongoing.end("Goodbye.")

    call = talks(lambda _: Plan(agent=Desk(), on={TranscriptReceived: leave}), "a table for two please")
    assert carried(call) == []
    assert "It is yours." not in call.said


def handed_off(*, hook: HookSpec = NO_HOOK, enter: EnterSpec = SAYS, seconds: float = 5.3) -> Played:
    """The caller speaks while a tool runs that ends with a handoff."""
    leaves = TurnSpec("types", tools=(ToolSpec("transfer", "handoff", seconds),))
    call = CallSpec(turns=(leaves, TurnSpec(after=0.5)), other_enter=enter, hook=hook, plan=True)
    return play(call, "ours")


def asked(run: Played) -> list[float]:
    """When the model got the words as the last message, after the handoff."""
    handoff = next(one.at for one in run.records if one.name == "AgentHandoff") - run.zero
    return [one.at for one in run.requests if one.items[-1] == f"user: {TWO}" and one.at > handoff]


@pytest.mark.slow
def test_words_during_a_tool_that_hands_off_reach_the_next_agent() -> None:
    for enter in (EnterSpec(), EnterSpec("generates"), EnterSpec("nothing"), EnterSpec(seconds=6.0)):
        run = handed_off(enter=enter)
        assert (carried(run), len(asked(run))) == ([6], 1), enter
        assert [line.text for line in run.lines].count("That is fine.") == 1, enter


@pytest.mark.slow
def test_an_on_enter_that_works_for_long_does_not_delay_the_answer() -> None:
    run = handed_off(enter=EnterSpec(seconds=6.0))
    handoff = next(one.at for one in run.records if one.name == "AgentHandoff") - run.zero
    assert asked(run) == [pytest.approx(handoff + 1.0, abs=0.05)]


@pytest.mark.slow
def test_a_hook_that_stops_the_turn_gives_no_answer() -> None:
    run = handed_off(hook=HookSpec("stops"))
    assert carried(run) == [6]
    assert (len(run.stopped), asked(run)) == (1, [])


@pytest.mark.slow
def test_words_during_the_line_before_a_task_reach_the_task() -> None:
    line = TurnSpec("types", answer=STORY, words=True, tools=(ToolSpec("ask", "task"),), pace=5.0)
    hook = HookSpec("waits", 0.1)
    run = play(CallSpec(turns=(line, TurnSpec(after=4.4)), hook=hook, plan=True), "ours")
    assert any(f"user: {TWO}" in one.items for one in run.requests)


class Form(AgentTask[str]):
    """Ends when the caller has said a number."""

    def __init__(self) -> None:
        super().__init__(instructions="Ask for the number.")


class Asks(Desk):
    """Begins with a task."""

    async def on_enter(self) -> None:
        await Form()
        self.session.say(NIGHT)


def test_words_before_the_return_from_a_task_reach_the_agent() -> None:
    async def leave(fact: Fact, ongoing: OngoingCall) -> None:
        task = ongoing.session.current_agent
        if isinstance(fact, TranscriptReceived) and fact.final and isinstance(task, Form):
            task.complete("done")

    call = talks(lambda _: Plan(agent=Asks(), on={TranscriptReceived: leave}), "a table for two please", after=4.0)
    assert carried(call) == [5]
    assert (call.said, call.heard) == ([NIGHT, "It is yours."], ["a table for two please"])
