"""A worker whose routes answer, reject and limit calls."""

from livekit.agents import Agent

from offhook import Call, Plan, Route, Routes, reject, serve


def plan(call: Call) -> Plan:
    """Answer the call."""
    return Plan(agent=Agent(instructions="Be short."), greeting="This is the desk.")


routes = Routes(
    Route(reject("declined"), name="declined", dialled="declined"),
    Route("answering:plan", name="one at a time", dialled="single", at_most=1),
    default=plan,
)
server = serve(routes, port=0)
