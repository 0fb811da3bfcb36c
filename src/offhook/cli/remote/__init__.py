"""The commands for running calls: `follow`, `top`, and one command for each verb."""
