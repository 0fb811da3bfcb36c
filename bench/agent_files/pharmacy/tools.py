"""The tools of this agent. The folder of the other agent has a module of the same name."""

from livekit.agents import function_tool

GREETING = "This is the pharmacy."


@function_tool
async def in_stock() -> str:
    """Say what is in stock."""
    return "pills"
