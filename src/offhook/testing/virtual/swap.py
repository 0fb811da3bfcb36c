"""Puts something in the place of an attribute, and back: what every virtual run does some forty times."""

from contextlib import ExitStack

__all__ = ["swap"]


def swap(stack: ExitStack, owner: object, name: str, value: object) -> None:
    """Set the attribute until the stack is closed. Only for attributes that the owner has itself."""
    stack.callback(setattr, owner, name, vars(owner)[name])
    setattr(owner, name, value)
