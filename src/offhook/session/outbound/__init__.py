"""Carries out decisions in the session: speech, interruptions, retries and the away state."""
