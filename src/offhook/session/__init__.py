"""Connects offhook to LiveKit's AgentSession: converts session events into facts, and carries out decisions."""
