"""Connects offhook to LiveKit's AgentSession: turns its events into facts, and carries out decisions on it."""
