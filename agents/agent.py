"""The smallest useful agent: a front desk that needs no API keys. Start the agent with `python agents/agent.py dev`."""

from livekit.agents import Agent

from offhook import (
    Call,
    Plan,
    Silence,
    ask,
    end_call,
    goodbye,
    reset_context,
    run,
    say,
    serve,
    update_instructions,
)

INSTRUCTIONS = "You are the front desk of a small hotel. Answer in one or two short sentences, without lists or emojis."


def plan(call: Call) -> Plan:
    """Return the plan for this call; `call` has the caller, the dialled number and the metadata."""
    return Plan(
        agent=Agent(instructions=INSTRUCTIONS, tools=[end_call(), update_instructions(), reset_context()]),
        greeting="Hello, this is the front desk. How can I help?",
        silence=Silence(
            say("Are you still there?", after=8),
            ask("Offer to call back.", after=10),
            goodbye("I will hang up now. Bye!", after=8),
        ),
    )


server = serve(plan)

if __name__ == "__main__":
    run(server)
