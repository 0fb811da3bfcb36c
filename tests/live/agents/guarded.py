"""An agent that operators reach. The metadata "open" opens LiveKit's own remote session, which is closed by default."""

from livekit.agents import Agent

from offhook import Call, Plan, serve


def plan(call: Call) -> Plan:
    """Plan a short call."""
    return Plan(
        agent=Agent(instructions="You are the front desk of a small hotel."),
        greeting="Hello.",
        session={"session_close_transcript_timeout": 0.1},  # the tests wait for it when the session closes
        session_host=call.metadata == "open",
    )


server = serve(plan, port=0)
