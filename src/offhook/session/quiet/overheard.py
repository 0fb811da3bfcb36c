"""What the caller and the colleagues said while the agent was quiet, as a message for the model."""

__all__ = ["Overheard"]

_BEGINNING = "Meanwhile a colleague talked with the caller, and you were silent. They said, in this order:"
_MORE = "Before you came back, they also said:"


class Overheard:
    """What the caller and the colleagues said in one takeover."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._colleague = self._told = False

    def caller(self, text: str) -> None:
        """Add words of the caller."""
        self._lines.append(f"the caller: {text}")

    def colleague(self, identity: str, text: str) -> None:
        """Add words of a person who is in the room and is not the caller."""
        self._lines.append(f"a colleague ({identity}): {text}")
        self._colleague = True

    def take(self) -> str:
        """Return the message with the words since `take` was last called; "" if no colleague said anything.

        The model's context already has the caller's words. The message repeats these words to show who spoke when.
        """
        lines, self._lines = self._lines, []
        colleague, self._colleague = self._colleague, False
        if not colleague:
            return ""
        beginning, self._told = _MORE if self._told else _BEGINNING, True
        return "\n".join((beginning, *lines))
