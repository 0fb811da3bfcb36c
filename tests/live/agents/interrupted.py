"""A worker whose agent speaks for a long time."""

from livekit.agents import Agent

from offhook import Call, Plan, serve

STORY = (
    "This is the desk. We are open on every day of the week, from six in the morning until eleven at night. "
    "The restaurant is on the first floor, and it serves breakfast, lunch and dinner. "
    "The garden is behind the house, and it is open until the sun goes down."
)


def plan(call: Call) -> Plan:  # every call is the same
    """Answer the call."""
    return Plan(agent=Agent(instructions="Be short."), greeting=STORY)


server = serve(plan, port=0)
