"""What all facts are."""

__all__ = ["Fact"]


class Fact:
    """A thing that has happened in a call.

    A class, not a union of all facts: a type checker takes half as long to check the code that handles facts.
    """

    __slots__ = ()
