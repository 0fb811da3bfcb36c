"""Runs one call from its parts: connect, run, finish."""
