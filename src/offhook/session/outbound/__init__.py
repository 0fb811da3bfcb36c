"""Carries out decisions on the session: speech, interruptions, retries and the away state."""
