"""A desk whose worker, when stopped, waits two seconds for running calls to end."""

from livekit.agents import Agent

from offhook import Call, Plan, end_call, serve


def plan(call: Call) -> Plan:
    """Greet with the text from the metadata."""
    return Plan(
        agent=Agent(instructions="Be short.", tools=[end_call()]),
        greeting=f"This is the desk. {call.metadata}".strip(),
        takeover=None if call.room.endswith("-alone") else "I am sorry, we were interrupted. Please go on.",
        session={"session_close_transcript_timeout": 0.1},  # the tests wait for it when the session closes
    )


server = serve(plan, port=0, drain_timeout=2)
