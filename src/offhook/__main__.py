"""Runs the `offhook` command for `python -m offhook`."""

from offhook.cli.main import main

__all__: list[str] = []

main()
