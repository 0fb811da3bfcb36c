"""Sends the webhooks of calls from the journal's outbox. The package runs in the worker's main process."""
