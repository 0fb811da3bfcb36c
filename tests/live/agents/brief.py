"""An agent with short answers and the models of the settings, for measurements that exclude the greeting."""

from livekit.agents import Agent

from offhook import Call, Plan, serve


def plan(call: Call) -> Plan:
    return Plan(agent=Agent(instructions="You are the front desk of a small hotel."), greeting="Hello.")


server = serve(plan)
