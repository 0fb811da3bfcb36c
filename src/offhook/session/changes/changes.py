"""Changes the turn taking, the voice and the models of a running session for an operator. The module also stops the
current speech.
"""

import asyncio
import logging
import re
from collections.abc import Callable
from typing import Any

from livekit.agents import Agent, AgentSession
from livekit.agents.llm import RealtimeModel
from livekit.agents.utils import is_given

from offhook.core.errors import OffhookError
from offhook.core.facts import AgentHandoff, Fact
from offhook.session.changes.llm import LiveLlm
from offhook.session.changes.models import Change, Plugin, prepare
from offhook.session.changes.realtime import prepare_realtime_voice
from offhook.session.changes.turns import change_endpointing
from offhook.session.outbound.speech_queue import subscribed

__all__ = ["LiveChanges"]

log = logging.getLogger("offhook")

STOP = 2.0
"""Maximum seconds to wait until the interrupted speech ends. The answer of a hanging model may never end."""
LONGEST_NAME = 200
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class LiveChanges:
    """Changes one running session. Every change applies to the current agent.

    Each method returns a note for the operator, or an empty string. A method raises `UnsupportedError` if the model
    cannot make the change, and `OffhookError` for a bad value. All checks come before the first change. After that,
    only a plugin that is not in `TRIED` may refuse a change.
    """

    def __init__(self, session: AgentSession[Any], post: Callable[[Fact], None]) -> None:
        self._session = session
        self._post = post
        self._llm = LiveLlm(session)

    def notice(self, fact: Fact) -> None:
        """After a handoff, give the changed LLM to the new agent."""
        if isinstance(fact, AgentHandoff):
            self._llm.take_over(self._session.current_agent)

    async def interrupt(self) -> str:
        """Stop the current speech of the agent, and all queued speech. A running tool continues."""
        self._agent()
        speech = self._session.current_speech
        if speech is None or not subscribed(self._session):
            return "the agent was not speaking"
        items = speech.chat_items
        returned = {item.call_id for item in items if item.type == "function_call_output"}
        tools = [item.name for item in items if item.type == "function_call" and item.call_id not in returned]
        if tools and self._session.agent_state != "speaking":
            return "the agent was not speaking"
        interrupted = self._session.interrupt(force=True)
        done, _ = await asyncio.wait({interrupted}, timeout=STOP)
        if tools:  # livekit-agents 1.8.9 speaks the result only if the tool ends more than 5 s after the interruption
            return f"the tool {', '.join(tools)} goes on, and the agent may not speak its result"
        if not done:
            log.warning("an interrupted speech did not end in time")
            return f"the model has not stopped within {STOP:g} s; the caller does not hear it"
        return ""

    def endpointing(self, *, min_delay: float | None = None, max_delay: float | None = None) -> str:
        """Change how long the session waits after the caller's last word before the agent answers."""
        return change_endpointing(self._session, self._agent(), min_delay=min_delay, max_delay=max_delay)

    def voice(self, voice: str, *, language: str | None = None, speed: float | None = None) -> str:
        """Change the voice. The answer that is being spoken may keep the old voice."""
        agent = self._agent()
        options: dict[str, Any] = {"voice": _name("voice", voice)}
        options |= {"language": _language(language)} if language is not None else {}
        options |= {"speed": speed} if speed is not None else {}
        model = agent.llm if is_given(agent.llm) else self._session.llm
        if isinstance(model, RealtimeModel):
            return _apply(prepare_realtime_voice(self._session, agent, model, options))
        return _apply(prepare("tts", _of(self._session, agent, "tts"), options))

    def models(
        self,
        *,
        llm: str | None = None,
        stt: str | None = None,
        tts: str | None = None,
        temperature: float | None = None,
        language: str | None = None,
    ) -> str:
        """Use other models of the same providers. The names are the providers' own model names. All changes are checked
        before the first change is made.

        `language` is the language that the STT expects. The providers check the names only at the next request.
        """
        agent = self._agent()
        hears: dict[str, Any] = {"model": _name("stt", stt)} if stt is not None else {}
        hears |= {"language": _language(language)} if language is not None else {}
        changes: list[Change] = []
        if llm is not None or temperature is not None:
            name = _name("llm", llm) if llm is not None else None
            changes.append(self._llm.prepare(agent, model=name, temperature=temperature))
        if hears:
            changes.append(prepare("stt", _of(self._session, agent, "stt"), hears))
        if tts is not None:
            changes.append(prepare("tts", _of(self._session, agent, "tts"), {"model": _name("tts", tts)}))
        if not changes:
            raise OffhookError("nothing to change; give llm, stt, tts, temperature or language")
        return _apply(*changes)

    def _agent(self) -> Agent:
        try:
            return self._session.current_agent
        except RuntimeError:
            raise OffhookError("the session does not run, so there is nothing to change") from None


def _apply(*changes: Change) -> str:
    for change in changes:
        change.apply()
    return "; ".join(filter(None, (change.detail for change in changes)))


def _of(session: AgentSession[Any], agent: Agent, plugin: Plugin) -> Any:
    """Return the agent's own model, or the session's model if the agent has none."""
    own = getattr(agent, plugin)
    return own if is_given(own) else getattr(session, plugin)


def _name(what: str, value: str) -> str:
    if not value.strip() or len(value) > LONGEST_NAME or not value.isprintable():
        raise OffhookError(f"{what} must be a name of 1 to {LONGEST_NAME} printable characters")
    return value.strip()


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise OffhookError("language must be a language tag such as en or pt-BR")
    return value
