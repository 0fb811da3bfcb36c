"""The words of the agent."""

GREETING = "Library, hello."
INSTRUCTIONS = "You find books."
