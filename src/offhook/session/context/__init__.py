"""Changes the instructions and the chat context of a running call."""
