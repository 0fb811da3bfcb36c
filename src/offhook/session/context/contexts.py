"""Cleans every context of one call (the session's, each agent's, each LLM request's): removes the chat items that
`forget` has marked.
"""

import logging
import time
from collections.abc import Coroutine, Iterable
from typing import Any

from livekit.agents import Agent, AgentSession, ModelSettings, llm

from offhook.session.context.past import Past
from offhook.session.context.update import session_of

__all__ = ["Contexts", "run_now"]

log = logging.getLogger("offhook")


class Contexts:
    """Keeps forgotten items out of all contexts, even copies that LiveKit or the agent's code adds later."""

    def __init__(self, session: AgentSession[Any]) -> None:
        self._session = session
        self._past = Past(time.time())
        self._nodes: list[tuple[Agent, Any, Any]] = []
        self.agents: list[Agent] = []
        """The agents of the call so far; the last one is the current agent."""

    @property
    def any_forgotten(self) -> bool:
        """True after the first `forget_all`."""
        return bool(self._past)

    def take_over(self, agent: Agent) -> None:
        """Record this agent as the current agent. If there are forgotten items, wrap the agent's `llm_node`."""
        self.agents = [*(known for known in self.agents if known is not agent), agent]
        if self._past:
            self._wrap_llm_node(agent)

    def forget_all(self, open_calls: Iterable[str], *, inactive: bool = False) -> None:
        """Forget every item up to now. `open_calls` are the ids of tool calls that still run.

        `inactive` has the same meaning as in `clean`.
        """
        items = list(self._session.history.items)
        for agent in self.agents:
            items += agent.chat_ctx.items
            if (realtime := session_of(agent)) is not None:
                items += realtime.chat_ctx.items
        self._past.forget(items, now=time.time(), open_calls=open_calls)
        for agent in self.agents:
            self._wrap_llm_node(agent)
        self.clean(inactive=inactive)

    def clean(self, *, inactive: bool = False) -> None:
        """Remove the forgotten items from the history and from every agent's context.

        If the current agent has a running Realtime session, this agent is left out, because `ModelUpdater` cuts this
        agent's context. `inactive` is True if the current agent's Realtime session does not run yet.
        """
        history = self._session.history
        if (left := self._past.without(history.items)) != history.items:
            history.items = left
        for agent in self.agents:
            if inactive or agent is not self.agents[-1] or session_of(agent) is None:
                self._clean(agent)

    def clean_in(self, agent: Agent) -> bool:
        """True if the agent has a Realtime session, and neither this session nor the agent's context has a forgotten
        item.
        """
        realtime = session_of(agent)
        return realtime is not None and not any(
            self._past.without(context.items) != list(context.items) for context in (agent.chat_ctx, realtime.chat_ctx)
        )

    def left(self, context: llm.ChatContext) -> llm.ChatContext:
        """Return a copy of the context without the forgotten items."""
        return llm.ChatContext(self._past.without(context.items))

    def unwrap_llm_nodes(self) -> None:
        """Restore each agent's own `llm_node` after the session is closed."""
        for agent, node, own in self._nodes:
            if vars(agent).get("llm_node") is node:
                vars(agent).pop("llm_node")
                vars(agent).update({"llm_node": own} if own else {})
        self._nodes.clear()

    def _clean(self, agent: Agent) -> None:
        """Remove the forgotten items from this agent's context."""
        left = self._past.without(agent.chat_ctx.items)
        if left == list(agent.chat_ctx.items):
            return
        try:
            # livekit-agents 1.8.9 changes the agent's context first and the agent's Realtime session after that. So the
            # context is changed even if the Realtime session is closed already and raises an error.
            run_now(agent.update_chat_ctx(llm.ChatContext(left), exclude_invalid_function_calls=False))
        except Exception as error:  # noqa: BLE001  # Realtime models raise their own errors
            log.info(
                "the Realtime session of an inactive agent could not be updated", extra={"error": type(error).__name__}
            )

    def _wrap_llm_node(self, agent: Agent) -> None:
        """Remove the forgotten items from each request of this agent.

        Cleaning the agent's context is not enough. If an answer calls tools, LiveKit makes the next request from a copy
        of the context. LiveKit made this copy before the tools ran.
        """
        if any(agent is known for known, *_ in self._nodes):
            return
        inner, own = agent.llm_node, vars(agent).get("llm_node")

        def node(chat_ctx: llm.ChatContext, tools: list[llm.Tool], settings: ModelSettings) -> Any:
            chat_ctx.items[:] = self._past.without(chat_ctx.items)
            return inner(chat_ctx, tools, settings)

        setattr(agent, "llm_node", node)  # noqa: B010  # mypy refuses to assign to a method
        self._nodes.append((agent, node, own))


def run_now(work: Coroutine[Any, Any, None]) -> bool:
    """Run `work`, an update of an agent, at once and return True. If `work` has to wait for a Realtime session, close
    `work` and return False.
    """
    try:
        work.send(None)
    except StopIteration:
        return True
    work.close()
    return False
