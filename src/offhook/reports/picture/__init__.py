"""Draws a call as an SVG picture: who spoke when, what happened, and how the call ended."""
