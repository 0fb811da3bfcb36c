"""What the journal tells a person: transcript and timeline."""
