"""Makes facts from session events, from calls to agent methods, and from the lengths of audio."""
