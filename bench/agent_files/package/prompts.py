"""The agent's texts."""

GREETING = "Library, hello."
INSTRUCTIONS = "You find books."
