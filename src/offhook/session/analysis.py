"""Analyses a call after its end: your function or a model returns the outcome, and the journal keeps the outcome."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from livekit.agents import llm

from offhook.core.errors import PlanError
from offhook.core.facts import CallAnalysed
from offhook.core.outcome import Outcome
from offhook.engine.user_code import OverBudgetError, call
from offhook.reports.messages import Message, ToolCall
from offhook.session.analysis_model import ask_model, check_fields
from offhook.session.hooks import FinishedCall

__all__ = ["AnalysedCall", "Analysis", "conversation_of"]

log = logging.getLogger("offhook")

LONGEST = 11.0
"""The longest allowed `timeout` in seconds. All hooks after a call together have 12 s."""


@dataclass(frozen=True, slots=True)
class AnalysedCall:
    """A call that has ended: its id, its conversation in order, the reason for its end, and its length in seconds."""

    id: str
    conversation: Sequence[Message | ToolCall]
    reason: str = ""
    seconds: float = 0.0


Function = Callable[[AnalysedCall], Awaitable[Outcome | Mapping[str, Any]] | Outcome | Mapping[str, Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """A hook for `Plan(after=[…])` that finds the outcome of a call; the journal keeps the outcome as `CallAnalysed`.

    `function` gets the `AnalysedCall` and returns an `Outcome`, or a mapping with the fields of an `Outcome`. Without a
    function, an LLM finds the outcome: `model`, or the session's LLM if `model` is None. `fields` is a pydantic model
    or a dataclass that the LLM fills in. The LLM also chooses one of `dispositions`. If there is no outcome after
    `timeout` seconds (at most 11), `CallAnalysed` has an error instead. `offhook analyse` can repeat the analysis if
    the `Analysis` is a module variable of the agent file.
    """

    function: Function | None = None
    model: llm.LLM[Any] | None = None
    fields: type | None = None
    dispositions: Sequence[str] = ()
    instructions: str = ""
    timeout: float = 8.0

    def __post_init__(self) -> None:
        if self.function is not None and not callable(self.function):
            raise PlanError(f"Analysis(function={self.function!r}): give a function that takes the call")
        if not 0 < self.timeout <= LONGEST:
            raise PlanError(f"Analysis(timeout={self.timeout!r}): give more than 0 and at most {LONGEST:g} seconds")
        if isinstance(self.dispositions, str):
            raise PlanError("Analysis(dispositions=…) is a text; give a list of texts")
        check_fields(self.fields)

    @property
    def within(self) -> float:
        """The hook's time limit in seconds: `timeout` plus 0.5 s, so that the fact is written even after a timeout."""
        return self.timeout + 0.5

    async def __call__(self, finished: FinishedCall) -> CallAnalysed:
        """Analyse a call that has ended. `run_hooks` calls this method."""
        ended = finished.ended
        found = AnalysedCall(
            finished.call.id,
            conversation_of(finished.session.history, finished.unrecorded),
            ended.reason,
            ended.seconds,
        )
        model = finished.session.llm
        return await self.analyse(found, fallback=model if isinstance(model, llm.LLM) else None)

    async def analyse(self, found: AnalysedCall, fallback: "llm.LLM[Any] | None" = None) -> CallAnalysed:
        """Return the outcome, or the error, as a fact. If this analysis has no model, `fallback` is used."""
        started = asyncio.get_running_loop().time()
        fact = await self._outcome(found, fallback)
        if fact.error:
            log.error("the analysis of a call failed", extra={"call": found.id, "error": fact.error})
        return replace(fact, seconds=round(asyncio.get_running_loop().time() - started, 3))

    async def _outcome(self, found: AnalysedCall, fallback: "llm.LLM[Any] | None") -> CallAnalysed:
        model = self.model or fallback
        by = getattr(self.function, "__qualname__", "") or str(getattr(model, "model", "model"))
        if self.function is None and model is None:
            return CallAnalysed(by="model", error="there is no LLM; give Analysis(model=…) or a function")
        try:
            given = await call(self.function or self._ask, found, *(() if self.function else (model,)),
                               name="analysis", within=self.timeout)  # fmt: skip
            outcome = given if isinstance(given, Outcome) else Outcome(**given)
        except OverBudgetError:
            return CallAnalysed(by=by, error=f"no result within {self.timeout:g} s")
        except Exception as error:  # the user's code or a model may raise anything
            log.debug("an analysis raised", exc_info=True)
            return CallAnalysed(by=by, error=f"{type(error).__name__}: {error}"[:500])
        return CallAnalysed(outcome.summary, outcome.disposition, dict(outcome.fields), by=by)

    async def _ask(self, found: AnalysedCall, model: "llm.LLM[Any]") -> Outcome:
        return await ask_model(
            model, found.conversation, fields=self.fields, dispositions=self.dispositions, more=self.instructions
        )


def conversation_of(history: llm.ChatContext, unrecorded: Container[str] = ()) -> list[Message | ToolCall]:
    """Return the messages and the finished tool calls of a session, except those whose text or call id is in
    `unrecorded`.
    """
    outputs = {item.call_id: item for item in history.items if isinstance(item, llm.FunctionCallOutput)}
    found: list[Message | ToolCall] = []
    for item in history.items:
        if isinstance(item, llm.ChatMessage) and item.text_content and item.text_content not in unrecorded:
            found.append(Message(item.role, item.text_content, item.interrupted, item.created_at))
        elif (
            isinstance(item, llm.FunctionCall)
            and item.call_id not in unrecorded
            and (output := outputs.get(item.call_id)) is not None
        ):
            found.append(
                ToolCall(item.call_id, item.name, item.arguments, output.output, output.is_error, item.created_at)
            )
    return found
