"""The talk page: a web page, on this machine only, to speak and type to the agent that `dev` runs."""
