"""Speaks to the caller without an AgentSession."""
