"""The talk page: a local web page to speak and type to the agent that `dev` runs."""
