"""A desk with a limit on file size, like a full disk."""

import resource

from livekit.agents import Agent

from offhook import Call, Plan, end_call, serve

# Each record takes two pages of the write-ahead file: row and key. This many bytes are written before the first words.
BYTES = 120 * 1024
resource.setrlimit(resource.RLIMIT_FSIZE, (BYTES, BYTES))  # job processes inherit it


def plan(call: Call) -> Plan:
    """Greet at once."""
    return Plan(
        agent=Agent(instructions="Be short.", tools=[end_call()]),
        greeting="This is the desk.",
        session={"session_close_transcript_timeout": 0.1},  # the tests wait for it when the session closes
    )


server = serve(plan, port=0)
