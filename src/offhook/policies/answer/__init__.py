"""The watchdog of answers: finds out why an answer is late, and decides when and how offhook reacts."""
