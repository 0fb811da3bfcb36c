"""An agent of few words, with the models of the settings: what is measured on it is not its greeting."""

from livekit.agents import Agent

from offhook import Call, Plan, serve


def plan(call: Call) -> Plan:
    return Plan(agent=Agent(instructions="You are the front desk of a small hotel."), greeting="Hello.")


server = serve(plan)
