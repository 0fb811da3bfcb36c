"""The silence ladder: the steps that the agent takes, one after the other, while the caller stays silent."""
