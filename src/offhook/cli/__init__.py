"""The offhook command and the commands behind an agent file."""
