"""Wraps certain methods of every agent of a call, and restores the original methods when the session closes."""

from collections.abc import Callable
from typing import Any

from livekit.agents import Agent, AgentSession

from offhook.core.facts import AgentHandoff, Fact, Planned, SessionClosed, SessionStarted

__all__ = ["AgentTaps", "Wrap", "overridden"]

Wrap = Callable[[Agent, Any], Any]
"""Takes an agent and the agent's method; returns the function that replaces the method."""


class AgentTaps:
    """When LiveKit makes an agent the current agent, wraps those methods of the agent that `wraps` names.

    An agent is wrapped before its `on_enter` runs, except the first agent of the call.
    """

    def __init__(self, session: AgentSession[Any], wraps: dict[str, Wrap]) -> None:
        self._session = session
        self._wraps = wraps
        self._on = True
        self._agents: dict[Agent, dict[str, Any]] = {}

    def notice(self, fact: Fact) -> None:
        """Wrap an agent that takes over; restore all agents when the session is closed.

        If the plan's `dead_air` and `barge_in` are both None, no agent is wrapped.
        """
        match fact:
            case Planned(dead_air=plan, barge_in=barge_in):
                self._on = plan is not None or barge_in is not None
            case SessionStarted() | AgentHandoff() if self._on:
                self.wrap(self._session.current_agent)
            case SessionClosed():
                for agent, before in self._agents.items():
                    for name in self._wraps:
                        vars(agent).pop(name, None)
                    vars(agent).update(before)
                self._agents.clear()

    def wrap(self, agent: Agent) -> None:
        """Wrap the methods of this agent, unless they are wrapped already."""
        if agent in self._agents:
            return
        self._agents[agent] = {name: vars(agent)[name] for name in self._wraps if name in vars(agent)}
        for name, wrap in self._wraps.items():
            setattr(agent, name, wrap(agent, getattr(agent, name)))


def overridden(agent: Agent, name: str) -> bool:
    """True if the agent's class overrides this method of LiveKit's `Agent`."""
    return getattr(type(agent), name, None) is not getattr(Agent, name)
