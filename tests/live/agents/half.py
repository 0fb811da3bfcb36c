"""A desk whose LiveKit SDK fails during the start of a call; the metadata selects the place."""

import multiprocessing
from typing import Any

from livekit import api, rtc
from livekit.agents import Agent, get_job_context

from offhook import Call, Plan, serve

OPEN, CONNECT = api.LiveKitAPI.__init__, rtc.Room.connect


def trouble() -> str:
    context = get_job_context(required=False)
    return context.job.metadata if context else ""


def no_api(*arguments: Any, **options: Any) -> None:
    """Fail once."""
    if trouble() == "api":
        api.LiveKitAPI.__init__ = OPEN
        raise OSError("no certificates on this machine")
    OPEN(*arguments, **options)


async def no_room(*arguments: Any, **options: Any) -> None:
    """Fail like a connection to an unreachable server."""
    if trouble() == "room":
        raise rtc.ConnectError("the server is not reachable from here")
    await CONNECT(*arguments, **options)


if multiprocessing.parent_process() is not None:  # only job processes fail, not the worker's main process
    api.LiveKitAPI.__init__ = no_api
    rtc.Room.connect = no_room


def plan(call: Call) -> Plan:
    """Greet, if the call gets that far."""
    return Plan(agent=Agent(instructions="Be short."), greeting="Hello.")


server = serve(plan, port=0)
