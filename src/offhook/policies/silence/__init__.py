"""The silence ladder."""
