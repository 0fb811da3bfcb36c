"""Runs a LiveKit server and a worker on the developer's machine."""
