"""Wraps an agent's `llm_node`: makes hedged requests, and limits tool calls."""
