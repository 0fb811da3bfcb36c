"""Facts in, wishes out: silence, ending, limits, presence, commands. Pure."""
