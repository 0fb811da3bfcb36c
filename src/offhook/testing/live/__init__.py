"""Scripted callers, listeners and workers in real rooms."""
