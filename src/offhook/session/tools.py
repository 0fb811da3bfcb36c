"""Three tools for phone agents: end the call, change the instructions, reset the context."""

from typing import Any

from livekit.agents import RunContext, function_tool
from livekit.agents.llm import FunctionTool, ToolError

from offhook.core.ending import Scope
from offhook.session.ongoing import call_of

__all__ = ["end_call", "reset_context", "update_instructions"]

_MAX_TEXT = 4000


def end_call(*, goodbye: str = "Goodbye.", scope: Scope | None = None) -> FunctionTool[..., Any]:
    """Make the tool with which the model ends the call.

    The model may give its own farewell; otherwise the agent says `goodbye`. The call is hung up after the last word.
    """

    @function_tool(name="end_call")
    async def tool(ctx: RunContext[Any], farewell: str = "") -> None:
        """End this call. Use it when the caller says goodbye or wants to hang up. The farewell is spoken for you,
        so do not say goodbye yourself.

        Args:
            farewell: The last sentence the caller hears. Leave it empty for the usual one.
        """
        call_of(ctx).end((farewell or goodbye)[:_MAX_TEXT], scope=scope, by="tool end_call")

    return tool


def update_instructions(*, replace: bool = False) -> FunctionTool[..., Any]:
    """Make the tool with which the model appends to its own instructions, or replaces them (`replace`)."""

    @function_tool(name="update_instructions")
    async def tool(ctx: RunContext[Any], instructions: str) -> str:
        """Change how you behave for the rest of this call, when the caller asks for it (tone, length, language).

        Args:
            instructions: What to do differently from now on, in one or two sentences.
        """
        if not instructions.strip():
            raise ToolError("Nothing was changed: say in `instructions` what to do differently.")
        if len(instructions) > _MAX_TEXT:
            raise ToolError(f"Nothing was changed: use at most {_MAX_TEXT} characters.")
        await call_of(ctx).instruct(instructions, append=not replace, by="tool update_instructions")
        return f"Done, from now on: {instructions}"

    return tool


def reset_context(*, keep: int = 0) -> FunctionTool[..., Any]:
    """Make the tool with which the model resets its context, when the caller wants to start over."""

    @function_tool(name="reset_context")
    async def tool(ctx: RunContext[Any]) -> str:
        """Forget what was said so far in this call. Use it when the caller wants to start over."""
        call_of(ctx).reset_context_after(ctx.speech_handle, keep=keep, by="tool reset_context")
        return "Done. After this answer you no longer see what was said before; ask how you can help."

    return tool
