"""The base class of all facts."""

__all__ = ["Fact"]


class Fact:
    """A thing that has happened in a call.

    `Fact` is a class, not a union of all facts. With a class, a type checker needs half the time for code that handles
    facts.
    """

    __slots__ = ()
