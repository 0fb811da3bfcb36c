"""Makes reports about calls from the journal, such as transcripts, timelines, pictures and statistics."""
