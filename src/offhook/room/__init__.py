"""The LiveKit room of one call: events, media, commands and the hang-up."""
