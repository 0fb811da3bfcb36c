"""The tools of this agent; the folder beside it has a module of the same name."""

from livekit.agents import function_tool

GREETING = "This is the pharmacy."


@function_tool
async def in_stock() -> str:
    """Say what is in stock."""
    return "pills"
