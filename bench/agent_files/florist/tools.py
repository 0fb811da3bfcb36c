"""The tools of the florist agent. The pharmacy agent has its own module with the same name, `tools`."""

from livekit.agents import function_tool

GREETING = "This is the florist."


@function_tool
async def in_stock() -> str:
    """Say what is in stock."""
    return "roses"
