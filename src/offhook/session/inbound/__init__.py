"""Turns session events, agent methods and audio lengths into facts."""
