"""Loads the plan function by name, and calls it with a time limit.

Each call runs in a separate job process, which LiveKit forks from its forkserver. The forkserver has not imported the
user's file, so a job process gets only the name of the function and imports the file. In `dev` mode, the job process
does this when the call comes, so that each call runs the newest code. In production, an idle job process imports the
file before a call comes.
"""

import importlib
import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from offhook.core.answering import Refusal, Rejection
from offhook.core.call import Call
from offhook.core.errors import PlanError
from offhook.core.routes.table import Routes
from offhook.engine import user_code
from offhook.session.plan import Plan

__all__ = ["Answer", "PlanFunction", "call_plan", "load", "load_plan", "name_of", "name_of_routes"]

Answer = Plan | Rejection | Refusal
"""The result of a plan function."""
PlanFunction = Callable[[Call], Answer | Awaitable[Answer]]


def name_of(function: object) -> tuple[str, str]:
    """Return the module and name by which a job process imports this function, or raise `PlanError`."""
    module = getattr(function, "__module__", "") or ""
    name = getattr(function, "__qualname__", "") or type(function).__name__
    if not inspect.isfunction(function) or "<" in name or "." in name:
        raise PlanError(
            f"{module}.{name} cannot be handed to a job process; "
            "define it as a plain function at the top level of its module (no lambda, method, partial or closure)"
        )
    return module, name


def name_of_routes(routes: Routes, names: Mapping[str, Any]) -> tuple[str, str]:
    """Return the name of the module that calls `serve`, and the name of its variable that holds `routes`. `names` is
    the namespace (`globals()`) of this module.
    """
    name = next((name for name, value in names.items() if value is routes), None)
    if name is None:
        raise PlanError("assign the routes to a variable at the top level of the file that calls serve: routes = …")
    return str(names["__name__"]), name


def load(module: str, name: str) -> PlanFunction | Routes:
    """Import the plan function or the routes, and return them. An exception in the user's file is raised unchanged.

    In `dev` mode, this is the first time that the job process imports the file.
    """
    found = getattr(importlib.import_module(module), name, None)
    if not (callable(found) or isinstance(found, Routes)):
        raise PlanError(f"{module} has no function {name!r}")
    return found  # `call_plan` checks what the function returns


def load_plan(place: str) -> PlanFunction:
    """Import a plan function by its name, "module:function"."""
    module, _, name = place.partition(":")
    found = load(module, name)
    if isinstance(found, Routes):
        raise PlanError(f"{place} is Routes; the target of a route must be a plan function")
    return found


async def call_plan(function: PlanFunction, call: Call, *, timeout: float) -> Answer:  # noqa: ASYNC109  # the plan's
    """Call the plan function, in a thread if it is not async. Raises `PlanError` if the function returns no answer
    within `timeout` seconds, or returns a value that is not an `Answer`.
    """
    name = getattr(function, "__name__", "plan")
    try:
        answer = await user_code.call(function, call, name="plan", within=timeout)
    except user_code.OverBudgetError:
        raise PlanError(f"{name} returned no plan within {timeout:g} s (OFFHOOK_PLAN_TIMEOUT)") from None
    if not isinstance(answer, Plan | Rejection | Refusal):
        kind = type(answer).__name__
        raise PlanError(f"{name} returned {kind}; return an offhook.Plan, reject(…) or answer_and_refuse(…)")
    return answer
