"""The talk page: a local web page on which you speak or type to the agent that `offhook dev` runs."""
