"""Decides how long the agent waits after the caller's last sound before the turn counts as complete."""
