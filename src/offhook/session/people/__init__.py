"""Lets the agent hear and answer people in the room other than the caller."""
