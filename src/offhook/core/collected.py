"""The caller's answer to a spoken prompt that asks for phone keys: the pressed keys, or words instead of keys."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Collected"]


@dataclass(frozen=True, slots=True)
class Collected:
    """The result of collecting phone keys.

    `ended` says why the collecting ended. "complete": the caller pressed all keys. "end_key": the caller pressed the
    end key. "timeout": no key came in time. "words": the caller spoke instead, and `words` has the transcript.
    "call_over": the call ended first. In every case, `keys` has the pressed keys, without the end key.
    """

    keys: str = ""
    words: str = ""
    ended: Literal["complete", "end_key", "timeout", "words", "call_over"] = "timeout"

    @property
    def complete(self) -> bool:
        """True if the caller pressed all requested keys, or the end key."""
        return self.ended in ("complete", "end_key")
