"""Gives an agent new instructions or another context in the way that the model supports, and returns the outcome."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from livekit.agents import Agent, AgentSession, llm
from livekit.agents.utils import is_given
from livekit.agents.voice import SpeechHandle

from offhook.core.errors import OffhookError, UnsupportedError
from offhook.core.facts import ActionFailed, Fact
from offhook.session.context.realtime_capabilities import Change, Outcome, Role, Way, capabilities_of
from offhook.session.context.renewal import SessionRenewal
from offhook.session.context.trim import merge_remote

__all__ = ["RENEWAL_WAIT", "ModelUpdater", "session_of"]

log = logging.getLogger("offhook")

RENEWAL_WAIT = 10.0
"""Seconds to wait for the renewal of a Realtime session before returning "deferred". The wait is limited, because the
renewal may itself wait until the code that requested the renewal has finished.
"""

Edit = Callable[[llm.ChatContext], llm.ChatContext]


class ModelUpdater:
    """Changes the instructions and the chat contexts of the agents in one phone or web call."""

    def __init__(self, session: AgentSession[Any], post: Callable[[Fact], None]) -> None:
        self._session = session
        self._post = post
        self._renewal = SessionRenewal(session)
        self._answers: list[SpeechHandle] = []
        self.tasks: set[asyncio.Task[Outcome]] = set()

    @property
    def answer_with_tools(self) -> SpeechHandle | None:
        """The newest answer that is still running and has called tools; None if no such answer exists."""
        self._answers = [answer for answer in self._answers if not answer.done()]
        return self._answers[-1] if self._answers else None

    def has_tools(self, answer: SpeechHandle) -> bool:
        """True if this answer is running and has called tools."""
        return answer in self._answers

    def tool_started(self) -> None:
        """Record that the current speech called a tool."""
        if (speech := self._session.current_speech) is not None and speech not in self._answers:
            self._answers.append(speech)

    def check(self, agent: Agent, change: Change, role: Role | None = None) -> Way:
        """Return the way in which the agent's model makes this change: "in place" or "fresh" (in a new Realtime
        session).

        If the model does not support the change, post `ActionFailed` and raise `UnsupportedError`.
        """
        model = agent.llm if is_given(agent.llm) else self._session.llm
        if not isinstance(model, llm.RealtimeModel) or session_of(agent) is None:
            return "in place"
        capabilities = capabilities_of(model)
        way = capabilities.way_of(change, role)
        if way == "unsupported":
            cannot = f"this model cannot {change} of this role during a call ({capabilities.why})"
            error = f"{cannot}; use another role, or instruct()"
            self._post(ActionFailed(change, error))
            raise UnsupportedError(error)
        return way

    async def instruct(self, agent: Agent, text: str, fact: Fact) -> Outcome:
        """Replace the agent's instructions; post `fact` after success."""
        if self.check(agent, "change the instructions") == "fresh":
            return await self._renew(
                agent, "change the instructions", fact, instructions=text, edit=lambda context: context
            )
        try:
            await agent.update_instructions(text)
        except llm.RealtimeError as error:
            return self._failed("change the instructions", error)
        self._post(fact)
        return "done"

    async def edit_context(
        self, agent: Agent, edit: Edit, fact: Fact, *, change: Change, role: Role | None = None
    ) -> Outcome:
        """Replace the agent's chat context by an edited copy; post `fact` after success."""
        if self.check(agent, change, role) == "fresh":
            return await self._renew(agent, change, fact, instructions=None, edit=edit)
        realtime = session_of(agent)
        before = merge_remote(agent.chat_ctx, realtime.chat_ctx) if realtime else agent.chat_ctx.copy()
        after = edit(before.copy())
        try:
            await agent.update_chat_ctx(after)
        except llm.RealtimeError as error:
            return self._failed(change, error)
        gone = {item.id for item in before.items} - {item.id for item in after.items}
        if realtime and (left := [item.id for item in realtime.chat_ctx.items if item.id in gone]):
            return self._failed(change, OffhookError(f"the model's session still has {len(left)} of the items"))
        self._post(fact)
        return "done"

    async def wait_for_deferred(self) -> Outcome:
        """Wait for the deferred changes. Return "failed" if a change failed, otherwise "fresh" (the model runs in a new
        Realtime session).
        """
        outcomes = await asyncio.gather(*self.tasks)
        return "failed" if "failed" in outcomes else "fresh"

    def _failed(self, change: Change, error: Exception) -> Outcome:
        log.warning("the model could not be changed", extra={"what": change, "error": repr(error)})
        self._post(ActionFailed(change, f"{type(error).__name__}: {error}"[:500]))
        return "failed"

    async def _renew(
        self, agent: Agent, change: Change, fact: Fact, *, instructions: str | None, edit: Edit
    ) -> Outcome:
        """Renew the agent's Realtime session in a background task.

        Return "deferred" at once if a speech is running, or after 10 s if the renewal has not ended by then. Otherwise,
        return the outcome of the renewal.
        """

        async def renew() -> Outcome:
            try:
                await self._renewal.renew(agent, instructions=instructions, context=lambda: edit(agent.chat_ctx.copy()))
            except Exception as error:  # noqa: BLE001  # models raise any error; the journal records it
                return self._failed(change, error)
            self._post(fact)
            return "fresh"

        task = asyncio.get_running_loop().create_task(renew(), name=f"offhook {change}")
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        if self.answer_with_tools or self._session.current_speech is not None:
            return "deferred"
        done, _ = await asyncio.wait({task}, timeout=RENEWAL_WAIT)
        return task.result() if done else "deferred"


def session_of(agent: Agent) -> llm.RealtimeSession[Any] | None:
    """Return the agent's Realtime session; None if the agent has no Realtime model or is not running."""
    try:
        return agent.realtime_llm_session
    except RuntimeError:
        return None
