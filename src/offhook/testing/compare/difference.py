"""One difference between two runs of a call."""

import re
from dataclasses import dataclass

__all__ = ["Difference"]


@dataclass(frozen=True, slots=True)
class Difference:
    """`kind`: requests, tools, lines, sound, ending, intervention, silence or error. `at`: seconds into the call."""

    kind: str
    at: float
    alone: str
    ours: str

    @property
    def sort(self) -> str:
        """A short description without times, such as "lines: late". The same failure in two calls has the same short
        description.
        """
        if self.kind == "intervention":
            return re.sub(r"[0-9][0-9.]*", "#", f"intervention: {self.ours}")
        how = "missing" if not self.ours else "extra" if not self.alone else "late" if self._moved else "other"
        return f"{self.kind}: {how}"

    @property
    def _moved(self) -> bool:
        return self.alone.partition(" ")[2] == self.ours.partition(" ")[2]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:.2f} s: alone {self.alone or 'nothing'} | ours {self.ours or 'nothing'}"
