"""Replaces an attribute and restores it later; a virtual run replaces about forty attributes."""

from contextlib import ExitStack

__all__ = ["patch"]


def patch(stack: ExitStack, owner: object, name: str, value: object) -> None:
    """Set the attribute, and restore the old value when the stack is closed. The owner must define the attribute
    itself, not inherit it.
    """
    stack.callback(setattr, owner, name, vars(owner)[name])
    setattr(owner, name, value)
