"""Makes the transcript and the timeline of a call from the journal."""
