"""Generates the reference pages and the concept pictures from the code: `python -m docs._make`."""
