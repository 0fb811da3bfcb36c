"""Hands an agent new instructions and another context in the way its model needs, and says how that went."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from livekit.agents import Agent, AgentSession, llm
from livekit.agents.utils import is_given
from livekit.agents.voice import SpeechHandle

from offhook.core.errors import OffhookError, UnsupportedError
from offhook.core.facts import Fact, Failed
from offhook.session.fresh import Freshness
from offhook.session.realtime import Change, Outcome, Role, Way, ways_of
from offhook.session.trim import whole

__all__ = ["Model"]

log = logging.getLogger("offhook")

PATIENCE = 10.0
"""Seconds that a caller of ours waits for a fresh session; it may be called from what the session waits for."""

Edit = Callable[[llm.ChatContext], llm.ChatContext]


class Model:
    """The language model of whichever agent is talking."""

    def __init__(self, session: AgentSession[Any], post: Callable[[Fact], None]) -> None:
        self._session = session
        self._post = post
        self._fresh = Freshness(session)
        self._answers: list[SpeechHandle] = []
        self.tasks: set[asyncio.Task[Outcome]] = set()

    @property
    def answer_with_tools(self) -> SpeechHandle | None:
        """The last answer of those that called tools and are not over."""
        self._answers = [answer for answer in self._answers if not answer.done()]
        return self._answers[-1] if self._answers else None

    def tool_started(self) -> None:
        """A tool was called: by what is being said now."""
        if (speech := self._session.current_speech) is not None and speech not in self._answers:
            self._answers.append(speech)

    def check(self, agent: Agent, change: Change, role: Role | None = None) -> Way:
        """How this change is done; raises `UnsupportedError`, and the journal has it, when it cannot be."""
        model = agent.llm if is_given(agent.llm) else self._session.llm
        if not isinstance(model, llm.RealtimeModel) or _session_of(agent) is None:
            return "in place"
        ways = ways_of(model)
        way = ways.of(change, role)
        if way == "unsupported":
            error = f"this model cannot {change} of this role in mid-call ({ways.why}); use another role, or instruct()"
            self._post(Failed(change, error))
            raise UnsupportedError(error)
        return way

    async def instruct(self, agent: Agent, text: str, told: Fact) -> Outcome:
        """Put these instructions in the place of the old ones."""
        if self.check(agent, "change the instructions") == "fresh":
            return await self._renew(agent, "change the instructions", told, instructions=text, edit=lambda same: same)
        try:
            await agent.update_instructions(text)
        except llm.RealtimeError as error:
            return self._failed("change the instructions", error)
        self._post(told)
        return "done"

    async def remember(
        self, agent: Agent, edit: Edit, told: Fact, *, change: Change, role: Role | None = None
    ) -> Outcome:
        """Put an edited context in the place of the agent's."""
        if self.check(agent, change, role) == "fresh":
            return await self._renew(agent, change, told, instructions=None, edit=edit)
        realtime = _session_of(agent)
        before = whole(agent.chat_ctx, realtime.chat_ctx) if realtime else agent.chat_ctx.copy()
        after = edit(before.copy())
        try:
            await agent.update_chat_ctx(after)
        except llm.RealtimeError as error:
            return self._failed(change, error)
        gone = {item.id for item in before.items} - {item.id for item in after.items}
        if realtime and (left := [item.id for item in realtime.chat_ctx.items if item.id in gone]):
            return self._failed(change, OffhookError(f"the model's session still has {len(left)} of the items"))
        self._post(told)
        return "done"

    def _failed(self, change: Change, error: Exception) -> Outcome:
        log.warning("the model could not be changed", extra={"what": change, "error": repr(error)})
        self._post(Failed(change, f"{type(error).__name__}: {error}"[:500]))
        return "failed"

    async def _renew(
        self, agent: Agent, change: Change, told: Fact, *, instructions: str | None, edit: Edit
    ) -> Outcome:
        """Change over to a fresh session; whoever asks while something is being said need not wait for it."""

        async def renew() -> Outcome:
            try:
                await self._fresh.renew(agent, instructions=instructions, context=lambda: edit(agent.chat_ctx.copy()))
            except Exception as error:  # noqa: BLE001  # models raise what they like; the journal tells
                return self._failed(change, error)
            self._post(told)
            return "fresh"

        task = asyncio.get_running_loop().create_task(renew(), name=f"offhook {change}")
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        if self.answer_with_tools or self._session.current_speech is not None:
            return "deferred"
        done, _ = await asyncio.wait({task}, timeout=PATIENCE)
        return task.result() if done else "deferred"


def _session_of(agent: Agent) -> llm.RealtimeSession[Any] | None:
    """The agent's session with a Realtime model; None for other models, and for an agent that does not run yet."""
    try:
        return agent.realtime_llm_session
    except RuntimeError:
        return None
