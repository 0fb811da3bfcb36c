"""Agents for the drill circumstances that only a special agent can produce, such as a handoff."""
