"""Words that the caller said before a handoff, and that the next agent answers."""
