"""Benchmarks. Most of them use a real livekit-server. The docstring of each program has the command that runs it."""
