"""Runs the policies of one call. Nothing here imports LiveKit."""
