"""Runs the policies of one call. No module of this package imports LiveKit."""
