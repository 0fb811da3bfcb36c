"""The watchdog of answers: what an answer waits for, how long it may take, and what is done after that."""
