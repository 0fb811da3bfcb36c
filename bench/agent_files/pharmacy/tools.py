"""The tools of the pharmacy agent. The florist agent has its own module with the same name, `tools`."""

from livekit.agents import function_tool

GREETING = "This is the pharmacy."


@function_tool
async def in_stock() -> str:
    """Say what is in stock."""
    return "pills"
