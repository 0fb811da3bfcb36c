"""Wraps an agent's llm_node: hedged requests and the tool call limit."""
