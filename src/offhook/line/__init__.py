"""The one place that knows rooms, the server API and how to leave a call."""
