"""The `offhook` command, and the commands of an agent file."""
