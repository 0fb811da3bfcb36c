"""Makes a server from a plan function or from routes."""

import inspect
from collections.abc import Mapping
from typing import Any

from offhook.core.errors import PlanError
from offhook.core.routes.table import Routes
from offhook.worker.entry import Entry, OnPlanError
from offhook.worker.plan_loader import PlanFunction, name_of, name_of_routes
from offhook.worker.server import Server
from offhook.worker.startup import install_excepthook

__all__ = ["serve"]


def serve(
    plan: PlanFunction | Routes,
    *,
    agent_name: str = "",
    fallback: PlanFunction | None = None,
    on_plan_error: OnPlanError = "apologise",
    outbound: bool = False,
    **options: Any,
) -> Server:
    """Make a server. For each call, the server calls `plan(call)` and runs the returned plan. `plan` may be `Routes`.

    `plan` is a sync or async function at the top level of its module; a sync function runs in a thread. If the caller
    is on a phone, the function runs while the phone rings. In place of a plan, the function may return `reject(…)` or
    `answer_and_refuse(…)`. If the function raises, or returns no plan within `OFFHOOK_PLAN_TIMEOUT`, the server calls
    `fallback`. If there is no fallback plan, or `fallback` fails too, `on_plan_error` decides: "apologise" answers the
    call and says the apology; "reject" rejects a phone that still rings, and apologises to any other caller.

    With `outbound`, the server calls `plan` before anybody is in the room, and the plan may dial a number
    (`Plan(dial=Dial(…))`). If the dispatch metadata of a call has `dial`, the call is outbound too.

    With an `agent_name`, the server gets calls by explicit dispatch only. If `options` has `on_request`, it goes to
    `rtc_session`; the other options go to `AgentServer`.
    """
    install_excepthook()
    if on_plan_error not in ("apologise", "reject"):
        raise PlanError(f"serve(on_plan_error={on_plan_error!r}): use 'apologise' or 'reject'")
    module, name = name_of_routes(plan, _caller_names()) if isinstance(plan, Routes) else name_of(plan)
    entry = Entry(module, name, None if fallback is None else name_of(fallback), on_plan_error, outbound)
    on_request = options.pop("on_request", None)
    server = Server(module=module, **options)
    server.rtc_session(entry, agent_name=agent_name, on_request=on_request)
    return server


def _caller_names() -> Mapping[str, Any]:
    """Return the variables of the module that calls `serve`."""
    frame = inspect.currentframe()
    for _ in range(2):
        frame = frame.f_back if frame is not None else None
    return frame.f_globals if frame is not None else {}
