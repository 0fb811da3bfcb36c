"""Changes the LLM's model or temperature during a call."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from weakref import WeakSet

from livekit.agents import Agent, AgentSession, llm
from livekit.agents.inference.llm import drop_unsupported_params
from livekit.agents.utils import is_given

from offhook.core.errors import UnsupportedError
from offhook.models.build import join_llms
from offhook.models.factory import make_llm
from offhook.models.made import how_made, members_of
from offhook.session.changes.models import Change, check_range, prepare

__all__ = ["LiveLlm", "llm_of"]

_PLAN = "let the settings select the LLM (OFFHOOK_LLM), or give the agent another one with agent.update_options(llm=…)"


def llm_of(session: AgentSession[Any], agent: Agent) -> llm.LLM[Any] | llm.RealtimeModel | None:
    """Return the model that answers: the agent's own model, or the session's model if the agent has none."""
    return agent.llm if is_given(agent.llm) else session.llm


class LiveLlm:
    """Changes the LLM of one call. OpenAI's plugins cannot change their model, so for them, a new LLM replaces the old
    one.
    """

    def __init__(self, session: AgentSession[Any]) -> None:
        self._session = session
        self._current: llm.LLM[Any] | None = None
        self._given: WeakSet[Agent] = WeakSet()

    def prepare(self, agent: Agent, *, model: str | None, temperature: float | None) -> Change:
        """Prepare a change of the current agent's LLM. An answer that is already being generated keeps the old LLM."""
        current = llm_of(self._session, agent)
        if isinstance(current, llm.RealtimeModel):
            raise UnsupportedError(
                "a Realtime model keeps its model and its temperature until the end of the call; "
                "change its instructions, or hand over to an agent with another model"
            )
        check_range("temperature", temperature, 0.0, 2.0)
        first, *others = members_of(current)
        made = how_made(first)
        if made is not None and made.choice.provider in ("openai", "responses"):
            choice = replace(made.choice, model=model or made.choice.model)
            lost = _ignores_temperature(choice.model)
            if temperature is not None and lost:
                raise UnsupportedError(
                    f"{choice.model} is a reasoning model, for which LiveKit leaves the temperature out; "
                    "use a model without reasoning, such as gpt-4.1"
                )
            temperature = made.temperature if temperature is None else temperature
            new = make_llm(choice, temperature=None if lost else temperature)
            details = [f"{choice.model} has no temperature"] if lost and temperature is not None else []
            return Change(self._put(agent, join_llms([new, *others])), "; ".join([*details, *_kept(others)]))
        if made is not None:
            raise UnsupportedError("the rules of the offline LLM have no model and no temperature; set OFFHOOK_LLM")
        if temperature is not None or not hasattr(first, "update_options"):
            raise UnsupportedError(f"the plan made this LLM, and its plugin cannot change it during a call; {_PLAN}")
        return prepare("llm", current, {"model": model})

    def take_over(self, agent: Agent) -> None:
        """Give the changed LLM to an agent that takes over the call, unless that agent has its own LLM."""
        if self._current is not None and (agent in self._given or not is_given(agent.llm)):
            self._give(agent, self._current)

    def _put(self, agent: Agent, new: llm.LLM[Any]) -> Callable[[], None]:
        def put() -> None:
            own = is_given(agent.llm) and agent not in self._given
            agent.update_options(llm=new)
            if not own:  # an agent's own LLM is changed for this agent only
                self._current = new
                self._given.add(agent)

        return put

    def _give(self, agent: Agent, new: llm.LLM[Any]) -> None:
        if agent.llm is not new:
            agent.update_options(llm=new)
        self._given.add(agent)


def _kept(others: list[llm.LLM[Any]]) -> list[str]:
    return [f"the fallback {other.model} stays as it is" for other in others]


def _ignores_temperature(model: str) -> bool:
    """True for a reasoning model. For such a model, LiveKit's plugins leave the temperature out, without a warning."""
    return not drop_unsupported_params(model, {"temperature": 1.0})
