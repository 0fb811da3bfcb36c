"""Finding the plan function by name, and asking it for a plan in time."""

import asyncio
import importlib
import inspect
from collections.abc import Awaitable, Callable

from offhook.core.call import Call
from offhook.core.errors import PlanError
from offhook.session.plan import Plan
from offhook.session.threads import in_thread

__all__ = ["PlanFunction", "ask_for_plan", "find", "name_of"]

PlanFunction = Callable[[Call], Plan | Awaitable[Plan]]


def name_of(function: object) -> tuple[str, str]:
    """Module and name by which a job process finds this function; raises `PlanError` when it could not."""
    module = getattr(function, "__module__", "") or ""
    name = getattr(function, "__qualname__", "") or type(function).__name__
    if not inspect.isfunction(function) or "<" in name or "." in name:
        raise PlanError(
            f"{module}.{name} cannot be handed to a job process; "
            "define it as a plain function at the top level of its module (no lambda, method, partial or closure)"
        )
    return module, name


def find(module: str, name: str) -> PlanFunction:
    """Import the function as the file is now; raises whatever the file raises."""
    found = getattr(importlib.import_module(module), name, None)
    if not callable(found):
        raise PlanError(f"{module} has no function {name!r} any more")
    return found  # type: ignore[no-any-return]  # its result is checked


async def ask_for_plan(function: PlanFunction, call: Call, *, timeout: float) -> Plan:  # noqa: ASYNC109  # of the plan
    """Call the plan function, a sync one in a thread of its own; raises `PlanError` when no Plan comes in time."""
    try:
        async with asyncio.timeout(timeout):
            plan = await (
                function(call) if inspect.iscoroutinefunction(function) else in_thread(function, call, name="plan")
            )
    except TimeoutError:
        raise PlanError(f"{function.__name__} gave no plan within {timeout:g} s (OFFHOOK_PLAN_TIMEOUT)") from None
    if not isinstance(plan, Plan):
        raise PlanError(f"{function.__name__} returned {type(plan).__name__}; it must return an offhook.Plan")
    return plan
