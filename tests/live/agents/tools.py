"""The tools of the test agents; the caller types the name of a tool to call it."""

import logging
from collections.abc import Mapping
from typing import Any

from livekit.agents import Agent, AgentTask, RunContext, UserStateChangedEvent, function_tool, get_job_context
from livekit.agents.beta.tools import EndCallTool

from offhook import Silence, call_of, end_call, goodbye, reset_context, say, update_instructions
from offhook.models.offline.rules import Reply, Rule, RuleSet

__all__ = ["LAST_WORDS", "RULES", "Desk"]

log = logging.getLogger("stage")

LAST_WORDS = "Thank you for calling the stage and have a very pleasant evening."
TOOLS = (
    "hang_up",
    "hang_up_caller",
    "leave",
    "hang_up_twice",
    "shut_down_job",
    "shut_down_session",
    "go_away",
    "come_back",
    "other_ladder",
    "away_soon",
    "hand_off",
    "confirm",
    "yes",
)
RULES = RuleSet(
    rules=(
        *(Rule(rf"^user:{name.replace('_', ' ')}$", Reply(tool=name)) for name in TOOLS),
        Rule(r"^user:stock end$", Reply(tool="end_call")),
        Rule(r"^tool:end_call:say goodbye", Reply("This is the end. Goodbye.")),
        Rule(r"^tool:\w+:(?P<output>.+)", Reply("{output}")),
        Rule(r"^(tool|failed):", Reply("")),
        Rule(r"^system:Offer", Reply("Shall we call you back?")),
        Rule(r"^user:.*\b(open|opening|hours)\b", Reply("We are open all day.")),
        Rule(r"^user:.*", Reply("I hear you.")),
    ),
    opening="Hello.",
    unknown="",
)


class Confirm(AgentTask[str]):
    """Asks for a yes, then returns the call to the agent."""

    def __init__(self) -> None:
        super().__init__(instructions="Ask for a yes.")

    async def on_enter(self) -> None:
        self.session.say("Do you agree?")

    @function_tool
    async def yes(self) -> None:
        """Yes."""
        self.complete("agreed")


class Colleague(Agent):
    """The other agent of a handoff."""

    def __init__(self) -> None:
        super().__init__(instructions="You are the colleague.")

    async def on_enter(self) -> None:
        self.session.say("The colleague speaks.")


class Desk(Agent):
    """Has a tool for each action that a test needs inside a call."""

    def __init__(self, wanted: Mapping[str, object]) -> None:
        stock: list[Any] = [EndCallTool()] if wanted.get("stock") else [end_call()]
        super().__init__(instructions="You are the stage.", tools=[*stock, update_instructions(), reset_context()])
        self._wanted = wanted

    async def on_enter(self) -> None:
        def stumble(event: object) -> None:
            raise TypeError("a handler of the user's")

        def note(event: UserStateChangedEvent) -> None:
            log.info("%s sees %s", get_job_context().room.name, event.new_state)

        self.session.on("user_state_changed", note)
        if self._wanted.get("away"):
            call_of(self.session).away()
        for name in self._wanted.get("stumbling", ()):  # type: ignore[attr-defined]  # JSON
            self.session.on(name, stumble)

    @function_tool
    async def hang_up(self, ctx: RunContext[Any]) -> None:
        """Say the last words and close the room."""
        call_of(ctx).end(LAST_WORDS, by="tool")

    @function_tool
    async def hang_up_caller(self, ctx: RunContext[Any]) -> None:
        """Cut the caller's leg only."""
        call_of(ctx).end("Goodbye.", scope="caller")

    @function_tool
    async def leave(self, ctx: RunContext[Any]) -> None:
        """Only the agent leaves."""
        call_of(ctx).end("Goodbye.", scope="agent")

    @function_tool
    async def hang_up_twice(self, ctx: RunContext[Any]) -> None:
        """End by every way there is, at once."""
        call_of(ctx).end("Goodbye, once.")
        call_of(ctx).end("Goodbye, twice.", scope="agent")
        get_job_context().shutdown("a third way")

    @function_tool
    async def shut_down_job(self) -> None:
        """End the way LiveKit's own examples do."""
        get_job_context().shutdown("done")

    @function_tool
    async def shut_down_session(self, ctx: RunContext[Any]) -> None:
        """Close the session only."""
        ctx.session.shutdown()

    @function_tool
    async def go_away(self, ctx: RunContext[Any]) -> str:
        """Call the caller away."""
        call_of(ctx).away(by="tool")
        return "Away it is."

    @function_tool
    async def come_back(self, ctx: RunContext[Any]) -> str:
        """Call the caller back."""
        call_of(ctx).away(False, by="tool")
        return "Welcome back."

    @function_tool
    async def other_ladder(self, ctx: RunContext[Any]) -> str:
        """Use another ladder from now on."""
        call_of(ctx).silence(Silence(say("The other ladder.", after=1.5), goodbye("Bye.", after=1.5)))
        return "Changed."

    @function_tool
    async def away_soon(self, ctx: RunContext[Any]) -> str:
        """Shorten LiveKit's own time-out."""
        call_of(ctx).away_after(1.5)
        return "Changed."

    @function_tool
    async def hand_off(self) -> Agent:
        """Hand the call to a colleague."""
        return Colleague()

    @function_tool
    async def confirm(self) -> str:
        """Have something confirmed."""
        return f"The answer is {await Confirm()}."
