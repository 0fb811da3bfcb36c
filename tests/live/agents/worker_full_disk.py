"""A desk on a machine whose disk is full after so many bytes in a file."""

import resource

from livekit.agents import Agent

from offhook import Call, Plan, end_call, serve

BYTES = 80 * 1024
resource.setrlimit(resource.RLIMIT_FSIZE, (BYTES, BYTES))  # job processes inherit it


def plan(call: Call) -> Plan:
    """Greet at once."""
    return Plan(agent=Agent(instructions="Be short.", tools=[end_call()]), greeting="This is the desk.")


server = serve(plan, port=0)
