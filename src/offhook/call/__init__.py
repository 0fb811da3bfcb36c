"""Runs one call: connects to the room, runs the entrypoint, and finishes the call."""
