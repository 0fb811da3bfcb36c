"""Edits an agent file so that offhook supervises its calls."""
