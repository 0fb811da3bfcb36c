"""Wraps the two agent methods that can delay an answer: `on_user_turn_completed` and `on_enter`. Posts their start and
end.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from livekit.agents import Agent, AgentSession, StopResponse, utils
from livekit.agents.llm import ChatContext, ChatMessage

from offhook.core.facts import AgentCodeEnded, AgentCodeStarted, Fact, TurnCommitted
from offhook.session.inbound.agent_taps import overridden
from offhook.session.inbound.answer_evidence import AnswerEvidence, llm_of
from offhook.session.inbound.carried_words import CarriedWords

__all__ = ["AgentHooks"]

Turn = Callable[..., Awaitable[None]]

TURN = "on_user_turn_completed"
ENTRY = "on_enter"


class AgentHooks:
    """Wraps `on_user_turn_completed` and `on_enter` of every agent in one phone or web call."""

    def __init__(
        self,
        session: AgentSession[Any],
        post: Callable[[Fact], None],
        evidence: AnswerEvidence,
        carried: CarriedWords,
    ) -> None:
        self._session = session
        self._post = post
        self._evidence = evidence
        self._carried = carried
        self._running: set[asyncio.Timeout] = set()

    def abandon_turn_code(self) -> None:
        """Cancel the running `on_user_turn_completed`; the caller's turn then gets no answer."""
        now = asyncio.get_running_loop().time()
        for limit in self._running:
            if not limit.expired():  # an expired limit means that the code is already being cancelled
                limit.reschedule(now)

    def wrap_turn(self, agent: Agent, turn: Turn) -> Turn:
        """Return the function that replaces `on_user_turn_completed`."""

        async def on_user_turn_completed(turn_ctx: ChatContext, new_message: ChatMessage) -> None:
            self._evidence.committed()
            answers = llm_of(self._session) is not None
            own_code = overridden(agent, TURN)
            if answers:
                carried = self._carried.complete(new_message)
                self._post(TurnCommitted(own_code=own_code, carried=carried))
            if own_code:
                await self._run_turn_code(turn(turn_ctx, new_message=new_message), answers=answers)
            else:
                await turn(turn_ctx, new_message=new_message)

        return on_user_turn_completed

    def wrap_entry(self, agent: Agent, enter: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:  # noqa: ARG002  # the signature of `Wrap`
        """Return the function that replaces `on_enter`."""

        async def on_enter() -> None:
            code = utils.shortuuid("code_")
            self._post(AgentCodeStarted(code, ENTRY))
            try:
                await enter()
            except BaseException as error:
                self._failed(code, ENTRY, error)
                raise
            self._post(AgentCodeEnded(code, ENTRY, "done"))

        return on_enter

    async def _run_turn_code(self, work: Awaitable[None], *, answers: bool) -> None:
        """Run the agent's `on_user_turn_completed`, and post its start and its outcome."""
        code = utils.shortuuid("code_")
        self._post(AgentCodeStarted(code, TURN))
        limit = asyncio.timeout(None)
        self._running.add(limit)
        try:
            async with limit:
                await work
        except StopResponse:
            self._post(AgentCodeEnded(code, TURN, "declined"))
            raise
        except TimeoutError as error:
            if not limit.expired():
                self._failed(code, TURN, error)
                raise
            self._post(AgentCodeEnded(code, TURN, "abandoned", error="it took too long"))
            raise StopResponse from None
        except BaseException as error:
            self._failed(code, TURN, error)
            raise
        else:
            self._post(AgentCodeEnded(code, TURN, "done" if answers else "declined"))
        finally:
            self._running.discard(limit)

    def _failed(self, code: str, name: str, error: BaseException) -> None:
        """Post that the agent's code failed. The method that calls `_failed` raises the error again, and LiveKit then
        logs the error and gives no answer.
        """
        self._post(AgentCodeEnded(code, name, "error", error=f"{type(error).__name__}: {error}"[:500]))
