"""Chooses the plan function of a call from the routes, records the choice, and counts the running calls of a route."""

import asyncio
import logging
import time
from dataclasses import replace
from typing import cast

from offhook.call.runtime import CallRuntime
from offhook.core.answering import Refusal, Rejection, reject
from offhook.core.call import Call
from offhook.core.errors import JournalError, RoomError, UnsupportedError
from offhook.core.facts import RouteMatched, Warned
from offhook.core.routes.table import Routes
from offhook.journal.reader import Reader
from offhook.room.sip_headers import fetch_headers
from offhook.worker.plan_loader import PlanFunction, load_plan

__all__ = ["choose_route"]

log = logging.getLogger("offhook")

_LONGEST_CALL = 24 * 3600.0
"""livekit-sip ends a call after this many seconds, so an older call does not count as running."""


async def choose_route(routes: Routes, call: Call, runtime: CallRuntime) -> PlanFunction | Rejection | Refusal:
    """Return the plan function, the rejection or the refusal of the first route that matches. If the route is full,
    return a rejection. An exception while the plan function is imported is raised unchanged.
    """
    choice = routes.match(await _with_headers(routes, call, runtime))
    recorded = await runtime.supervisor.post_flushed(RouteMatched(choice.route, choice.why))
    if choice.at_most is not None:
        earlier = await _calls_before(runtime, choice.route) if recorded else None
        if earlier is None:
            runtime.supervisor.post(
                Warned(f"route {choice.route}: at_most is not applied; the journal is not readable")
            )
        elif earlier >= choice.at_most:
            log.warning("a route is full", extra={"route": choice.route, "calls": earlier, "at_most": choice.at_most})
            return reject("busy")
    plan = choice.plan
    if isinstance(plan, str):
        return load_plan(plan)
    return cast("PlanFunction | Rejection | Refusal", plan)


async def _with_headers(routes: Routes, call: Call, runtime: CallRuntime) -> Call:
    """Return the call with the headers that the routes compare, including headers that the SIP trunk does not copy to
    attributes.
    """
    if call.sip is None or not routes.headers:
        return call
    try:
        return replace(call, sip=await fetch_headers(call, *routes.headers))
    except (RoomError, UnsupportedError) as error:
        runtime.supervisor.post(Warned(f"the routes can compare only the headers that the trunk passes on: {error}"))
        return call


async def _calls_before(runtime: CallRuntime, route: str) -> int | None:
    """Return how many running calls in the journal came to the route before this call; None if the number is unknown.

    "Before" means that the journal has the `RouteMatched` record of the other call first. Therefore the limit also
    applies to calls that arrive at the same moment.
    """

    def read() -> list[str]:
        with Reader(runtime.settings.journal) as reader:
            return reader.calls_on_route(route, since=time.time() - _LONGEST_CALL)

    me = runtime.ctx.job.id
    try:
        running = await asyncio.to_thread(read)
    except JournalError:
        log.exception("the calls of a route cannot be counted", extra={"route": route})
        return None
    return running.index(me) if me in running else None
