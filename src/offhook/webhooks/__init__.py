"""Sends the webhooks of calls from the journal's outbox. This runs in the worker's main process."""
