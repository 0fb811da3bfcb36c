"""The watchdog of answers: the cause of a late answer, its time limit, and the reaction."""
