"""Makes facts from session events, from calls of agent methods, and from the lengths of audio."""
