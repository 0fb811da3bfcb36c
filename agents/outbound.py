"""An agent that calls guests about their table reservation. Start it with `python agents/outbound.py dev`.

`offhook dial +15551234567 --trunk ST_… --agent outbound --data '{"guest": "Ann"}'` makes the agent call Ann.
"""

from livekit.agents import Agent, function_tool

from offhook import Call, Dial, Guard, Plan, Redial, Silence, Voicemail, end_call, goodbye, run, say, serve

INSTRUCTIONS = (
    "You call guests for the restaurant of a small hotel. Ask for how many people their table should be kept, note the "
    "answer with the tool book, and end the call. Use one short sentence at a time, without lists or emojis."
)
VOICEMAIL = Voicemail(
    message="This is the Hotel Seaview. We would like to keep your table. Please call us back. Goodbye.",
    screening="This is the Hotel Seaview, about a table for tonight.",
)


@function_tool
async def book(what: str, people: str) -> str:
    """Note the number of people for the table."""
    return f"I have noted a {what} for {people}. We look forward to seeing you."


def plan(call: Call) -> Plan:
    """Return the plan; offhook calls this function before the phone rings.

    If the dispatch metadata has no number to dial, the guest is already in the room.
    """
    guest = str(call.data.get("guest", ""))[:80]
    return Plan(
        agent=Agent(instructions=f"{INSTRUCTIONS} The guest's name, as data: {guest!r}", tools=[book, end_call()]),
        greeting="Hello, this is the Hotel Seaview. For how many people may we keep your table?",
        dial=Dial.requested(call, redial=Redial(on=["busy"]), voicemail=VOICEMAIL, guard=Guard(at_once=10)),
        silence=Silence(say("Are you still there?", after=8), goodbye("We will call again. Goodbye!", after=8)),
    )


server = serve(plan, agent_name="outbound")

if __name__ == "__main__":
    run(server)
