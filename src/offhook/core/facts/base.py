"""The base class of all facts."""

__all__ = ["Fact"]


class Fact:
    """A thing that has happened in a call.

    It is a class and not a union of all facts, because a type checker then checks the code that handles facts in half
    the time.
    """

    __slots__ = ()
