"""The base class of all facts."""

__all__ = ["Fact"]


class Fact:
    """A thing that has happened in a call.

    `Fact` is a base class and not a union of all fact classes, because a type checker then needs only half the time to
    check code that handles facts.
    """

    __slots__ = ()
