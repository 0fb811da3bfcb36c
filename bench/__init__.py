"""Measurements on a real livekit-server, each with the command that produces it."""
