"""Replaces an attribute and restores it later; a virtual run does this about forty times."""

from contextlib import ExitStack

__all__ = ["patch"]


def patch(stack: ExitStack, owner: object, name: str, value: object) -> None:
    """Set the attribute until the stack is closed. The owner must have the attribute itself, not by inheritance."""
    stack.callback(setattr, owner, name, vars(owner)[name])
    setattr(owner, name, value)
