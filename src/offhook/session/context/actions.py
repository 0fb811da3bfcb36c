"""The methods of a running call that change the model's input: instructions, context, messages."""

from collections.abc import Callable

from livekit.agents.voice import SpeechHandle

from offhook.session.context.editor import ContextEditor
from offhook.session.context.realtime_capabilities import Outcome, Role

__all__ = ["ContextActions"]


class ContextActions:
    """The part of `OngoingCall` that changes the model's context. `on_loop` runs a change on the call's event loop."""

    def __init__(self, context: ContextEditor, on_loop: Callable[[Callable[[], None]], None]) -> None:
        self.editor = context
        self._run_on_loop = on_loop

    async def instruct(self, text: str, *, append: bool = False, sticky: bool = False, by: str = "code") -> Outcome:
        """Replace the current agent's instructions, or append to them. The next model request has the new instructions.

        `sticky` instructions also go to every later agent of the call, before that agent speaks. The result is "done",
        "deferred" (done later), "fresh" (done by a new session of a Realtime model) or "failed" (the journal has the
        cause). The other `async` methods of this class return the same values.
        """
        return await self.editor.instruct(text, append=append, sticky=sticky, by=by)

    async def restore_instructions(self, *, by: str = "code") -> Outcome:
        """Restore the agent's original instructions. Later agents of the call no longer get the sticky instructions."""
        return await self.editor.restore(by=by)

    async def reset_context(self, *, keep: int = 0, tools: bool = True, by: str = "code") -> Outcome:
        """Remove the conversation from the model's context, except the instructions and the last `keep` items.

        With `tools=False`, all tool calls and their results are removed, and `keep` counts only the other items. Inside
        a tool the result is "deferred", and the reset follows at the end of the answer that called the tool. The
        history and the journal keep the conversation; `forget` removes the conversation there too.
        """
        return await self.editor.reset(keep=keep, tools=tools, by=by)

    def reset_context_after(self, speech: SpeechHandle, *, keep: int = 0, tools: bool = True, by: str = "tool") -> None:
        """Call `reset_context` at the end of this speech."""
        self._run_on_loop(lambda: self.editor.reset_after(speech, keep=keep, tools=tools, by=by))

    async def add_message(self, text: str, *, role: Role = "system", answer: bool = False, by: str = "code") -> Outcome:
        """Add a message to the context. With `answer`, the model answers the message.

        Raises `UnsupportedError` if the model cannot take a message of this role during a call.
        """
        return await self.editor.add(role, text, answer=answer, by=by)

    async def forget(self, *, by: str = "code") -> Outcome:
        """Remove the conversation so far from every agent's context, from `session.history` and from the journal.

        During an answer the result is "deferred", and the removal is complete only after the end of the answer. When no
        copy is left, the fact `SpeechRedacted` is recorded.
        """
        return await self.editor.forget(by=by)
