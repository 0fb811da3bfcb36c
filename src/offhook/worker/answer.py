"""Asks the plan function how to answer one call, and after an error asks the fallback plan. If both fail, the worker
apologises to the caller or rejects the call.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import cast

from offhook.call.runtime import CallRuntime
from offhook.core.answering import Refusal, Rejection
from offhook.core.call import Call
from offhook.core.facts import PlanFailed, Warned
from offhook.core.routes.table import Routes
from offhook.session.plan import Plan
from offhook.worker.entry import OnPlanError, PlanName
from offhook.worker.plan_loader import Answer, PlanFunction, call_plan, load
from offhook.worker.routing import choose_route

__all__ = ["Planning"]

log = logging.getLogger("offhook")

_ERRORS = (Exception, SystemExit)
"""The user's code may raise any exception. Even then, the caller must hear an apology or be rejected."""


@dataclass(frozen=True, slots=True)
class Planning:
    """The name of the server's plan function, and what to do if this function fails."""

    plan: PlanName
    fallback: PlanName | None = None
    on_error: OnPlanError = "apologise"

    async def answer(self, runtime: CallRuntime) -> Plan | None:
        """Return the plan, or None if the call ends without a session: the caller has hung up, or this method has
        posted a fact that ends the call.
        """
        planning = asyncio.create_task(self._plan(runtime), name="offhook plan")
        try:
            await asyncio.wait([planning, runtime.supervising], return_when=asyncio.FIRST_COMPLETED)
            if not planning.done():
                return None  # the caller has hung up; without this return, LiveKit would keep the process for 15 s
            answer = planning.result()
        except _ERRORS as error:
            if not runtime.supervising.done():
                log.exception("no plan for this call", extra={"plan": self.plan[1]})
                reject = self.on_error == "reject" and runtime.arrival.ringing
                runtime.supervisor.post(PlanFailed(_text(error), reject=reject))
            return None
        finally:
            planning.cancel()
        if isinstance(answer, Plan):
            return None if runtime.supervising.done() else answer
        runtime.supervisor.post(answer.end_request)
        return None

    async def _plan(self, runtime: CallRuntime) -> Answer:
        call = await runtime.arrival.caller_there()
        try:
            return await _ask(self.plan, call, runtime)
        except _ERRORS as error:
            if self.fallback is None or runtime.supervising.done():
                raise
            log.exception("the plan failed; the fallback plan is used", extra={"plan": self.plan[1]})
            runtime.supervisor.post(Warned(f"the plan failed; the fallback plan is used: {_text(error)}"))
            return await _ask(self.fallback, call, runtime)


async def _ask(name: PlanName, call: Call, runtime: CallRuntime) -> Answer:
    found: object = load(*name)
    if isinstance(found, Routes):
        found = await choose_route(found, call, runtime)
    if isinstance(found, Rejection | Refusal):
        return found
    return await call_plan(cast("PlanFunction", found), call, timeout=runtime.settings.plan_timeout)


def _text(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:500]
