"""Checks everything that a call uses, before the first call."""
