"""Tools for phone agents: end or transfer the call, change the instructions, reset the context, pause the recording."""

from collections.abc import Mapping
from itertools import chain
from typing import Any

from livekit.agents import RunContext, function_tool
from livekit.agents.llm import FunctionTool, ToolError

from offhook.core.ending import Scope
from offhook.core.errors import PlanError, UnsupportedError
from offhook.core.headers import headers_of
from offhook.core.transfer import RINGING
from offhook.session.ongoing import call_of

__all__ = [
    "end_call",
    "pause_recording",
    "reset_context",
    "resume_recording",
    "transfer_call",
    "update_instructions",
]

_MAX_TEXT = 4000
_TRANSFER = (
    "Transfer the caller to a person or a department. Say first that you are connecting the caller; after the transfer "
    "you cannot speak to the caller any more."
)


def end_call(
    *, goodbye: str = "Goodbye.", scope: Scope | None = None, headers: Mapping[str, str] | None = None
) -> FunctionTool[..., Any]:
    """Make the tool with which the model ends the call.

    The model may give its own farewell; otherwise the agent says `goodbye`. offhook hangs up after the last word.
    `headers` are SIP headers for the BYE request to a phone caller.
    """
    headers_of(headers)

    @function_tool(name="end_call")
    async def tool(ctx: RunContext[Any], farewell: str = "") -> None:
        """End this call. Use it when the caller says goodbye or wants to hang up. The farewell is spoken for you,
        so do not say goodbye yourself.

        Args:
            farewell: The last sentence the caller hears. Leave it empty for the usual one.
        """
        call_of(ctx).end((farewell or goodbye)[:_MAX_TEXT], scope=scope, headers=headers, by="tool end_call")

    return tool


def transfer_call(
    destinations: Mapping[str, str], *, headers: Mapping[str, str] | None = None, ringing: float = RINGING
) -> FunctionTool[..., Any]:
    """Make the tool with which the model transfers a phone caller to one of these destinations (SIP REFER).

    A destination has a name, such as "sales", and a number or a SIP address. The model chooses a name and never sees a
    number. If the transfer fails, the model gets the reason and goes on with the caller.
    """
    headers_of(headers)
    if not destinations or not all(isinstance(one, str) and one.strip() for one in chain(*destinations.items())):
        raise PlanError("transfer_call(...) needs destinations such as {'sales': '+15551234567'}")
    names = ", ".join(destinations)

    @function_tool(name="transfer_call", description=f"{_TRANSFER}\n\nThe destinations: {names}.")
    async def tool(ctx: RunContext[Any], destination: str) -> str | None:
        if (to := destinations.get(destination.strip())) is None:
            raise ToolError(f"There is no destination {destination[:60]!r}; use one of: {names}.")
        await ctx.wait_for_playout()
        try:
            result = await call_of(ctx).transfer(to, headers=headers, ringing=ringing, by="tool transfer_call")
        except UnsupportedError as error:
            raise ToolError(f"The caller was not transferred: {error}") from None
        if result.status == "unknown":
            return "It is not known whether the transfer worked. Ask whether the caller is still there, and offer help."
        return None if result.done else f"The transfer failed ({result.detail}). Tell the caller, and offer help."

    return tool


def update_instructions(*, replace: bool = False) -> FunctionTool[..., Any]:
    """Make the tool with which the model adds to its own instructions. With `replace`, the new instructions replace the
    old ones.
    """

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
    """Make the tool with which the model resets its context, when the caller wants to start over.

    The instructions and the last `keep` items stay in the context.
    """

    @function_tool(name="reset_context")
    async def tool(ctx: RunContext[Any]) -> str:
        """Forget what was said so far in this call. Use it when the caller wants to start over."""
        call_of(ctx).reset_context_after(ctx.speech_handle, keep=keep, by="tool reset_context")
        return "Done. After this answer you no longer see what was said before; ask how you can help."

    return tool


def pause_recording() -> FunctionTool[..., Any]:
    """Make the tool with which the model pauses the recording, for example for a card number."""

    @function_tool(name="pause_recording")
    async def tool(ctx: RunContext[Any]) -> str:
        """Pause the recording of this call. Use it before you ask for a card number, a password or health data, and
        use `resume_recording` when you have what you asked for.
        """
        return call_of(ctx).recording.pause(by="tool pause_recording") or "The recording is paused."

    return tool


def resume_recording() -> FunctionTool[..., Any]:
    """Make the tool with which the model resumes the recording."""

    @function_tool(name="resume_recording")
    async def tool(ctx: RunContext[Any]) -> str:
        """Record this call again, after `pause_recording`. Do not repeat what the caller told you meanwhile."""
        return call_of(ctx).recording.resume(by="tool resume_recording") or "The recording goes on."

    return tool
