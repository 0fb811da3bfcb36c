"""Support desks of two companies on one worker: routes, a lookup while the phone rings, and a transfer."""

from livekit.agents import Agent

from offhook import (
    Call,
    Plan,
    Route,
    Routes,
    Silence,
    answer_and_refuse,
    end_call,
    goodbye,
    lookup,
    run,
    say,
    serve,
    transfer_call,
)

DIRECTORY = {
    "+15550100": {"name": "Ada", "plan": "gold"},
    "+15550101": {"name": "Ben", "plan": "basic"},
}
COLLEAGUES = {"billing": "+15550110", "technical support": "+15550111"}


@lookup(within=3, fresh=60)
async def customer_of(number: str) -> dict[str, str] | None:
    """Replace this function with a query of your database.

    If the query fails, offhook uses the last answer for this number, which may be up to 24 h old. Without such an
    answer, the plan function fails, and offhook calls `without_lookup`.
    """
    return DIRECTORY.get(number)


async def acme(call: Call) -> Plan:
    """Return the plan for calls to the first company. The lookup runs while the phone rings.

    A caller can fake the number, so this plan uses the customer's name only in the greeting.
    """
    number = call.sip.caller.number if call.sip and call.sip.caller else ""
    customer = await customer_of(number) if number else None
    return desk("Acme", customer["name"] if customer else "")


def globex(call: Call) -> Plan:
    """Return the plan for calls to the second company."""
    return desk("Globex")


def without_lookup(call: Call) -> Plan:
    """Return the plan for a call whose own plan function failed."""
    return desk("customer")


def desk(company: str, name: str = "") -> Plan:
    """Return the plan of a support desk."""
    instructions = f"You are the {company} support desk. Answer in one or two short sentences."
    return Plan(
        agent=Agent(instructions=instructions, tools=[end_call(), transfer_call(COLLEAGUES)]),
        greeting=f"Hello{f' {name}' if name else ''}, this is the {company} support desk. How can I help?",
        silence=Silence(say("Are you still there?", after=8), goodbye("I will hang up now. Bye!", after=8)),
    )


routes = Routes(
    Route(acme, name="acme", dialled="+1 555 0199*", at_most=20),
    Route(globex, name="globex", dialled=["+1 555 0188", "globex"]),
    Route(acme, name="acme web", metadata={"company": "acme"}),
    Route(answer_and_refuse("This number is no longer in use."), name="old number", dialled="+1 555 0177"),
    default=globex,
)
server = serve(routes, fallback=without_lookup, on_plan_error="reject")

if __name__ == "__main__":
    run(server)
