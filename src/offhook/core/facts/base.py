"""The base class of all facts."""

__all__ = ["Fact"]


class Fact:
    """A thing that has happened in a call.

    `Fact` is a class and not a union of all facts, because a type checker then needs half the time for code that
    handles facts.
    """

    __slots__ = ()
