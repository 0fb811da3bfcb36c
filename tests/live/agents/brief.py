"""An agent with short answers and the models of the settings, for measurements that exclude the greeting."""

from livekit.agents import Agent

from offhook import Call, Plan, serve


def plan(call: Call) -> Plan:
    return Plan(
        agent=Agent(instructions="You are the front desk of a small hotel."),
        greeting="Hello.",
        session={"session_close_transcript_timeout": 0.1},  # the tests wait for it when the session closes
    )


server = serve(plan)
