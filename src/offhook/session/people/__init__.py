"""Hears the people in the room besides the caller, and lets the agent answer them."""
