"""The tools of this agent. The folder `pharmacy` of another agent also has a module `tools`."""

from livekit.agents import function_tool

GREETING = "This is the florist."


@function_tool
async def in_stock() -> str:
    """Say what is in stock."""
    return "roses"
