"""A desk whose LiveKit SDK fails during the start of a call; TROUBLE selects the place."""

import multiprocessing
import os
from typing import Any

from livekit import api, rtc
from livekit.agents import Agent

from offhook import Call, Plan, serve

WORKING = api.LiveKitAPI.__init__


def no_api(*_: Any, **__: Any) -> None:
    """Fail once."""
    api.LiveKitAPI.__init__ = WORKING
    raise OSError("no certificates on this machine")


async def no_room(*_: Any, **__: Any) -> None:
    """Fail like a connection to an unreachable server."""
    raise rtc.ConnectError("the server is not reachable from here")


IN_JOB = multiprocessing.parent_process() is not None  # only job processes fail, not the worker's main process
if IN_JOB and os.environ["TROUBLE"] == "api":
    api.LiveKitAPI.__init__ = no_api
if IN_JOB and os.environ["TROUBLE"] == "room":
    rtc.Room.connect = no_room


def plan(call: Call) -> Plan:
    """Greet, if the call gets that far."""
    return Plan(agent=Agent(instructions="Be short."), greeting="Hello.")


server = serve(plan, port=0)
