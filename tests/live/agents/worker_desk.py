"""A desk that waits two seconds, when its worker is told to stop, for calls to end by themselves."""

from livekit.agents import Agent

from offhook import Call, Plan, end_call, serve


def plan(call: Call) -> Plan:
    """Greet with what was sent along."""
    return Plan(
        agent=Agent(instructions="Be short.", tools=[end_call()]), greeting=f"This is the desk. {call.metadata}".strip()
    )


server = serve(plan, port=0, drain_timeout=2)
