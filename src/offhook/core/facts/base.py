"""The base class of all facts."""

__all__ = ["Fact"]


class Fact:
    """A thing that has happened in a call.

    `Fact` is a base class, because a type checker would need twice as long to check code that handles a union of all
    fact classes.
    """

    __slots__ = ()
