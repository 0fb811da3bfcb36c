"""The one place that knows AgentSession."""
