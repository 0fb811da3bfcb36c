"""Makes the agent quiet during a call: no answers, hold music, or a person who talks with the caller instead."""
