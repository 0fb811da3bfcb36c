"""The state of the screen of `offhook top`, and how keys change it. This module reads no terminal and no clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

__all__ = ["Action", "Screen", "key_of", "keys_of", "press", "with_calls"]

Action = Literal["follow", "back", "end", "quit"]
"""What `TopLoop` does after the user has pressed a key."""

_SEQUENCES = {b"\x1b[A": "up", b"\x1bOA": "up", b"\x1b[B": "down", b"\x1bOB": "down"}
_SINGLE = {"\r": "enter", "\n": "enter", "\x1b": "escape", "\x7f": "escape", "k": "up", "j": "down"}


@dataclass(frozen=True, slots=True)
class Screen:
    """The calls, the chosen call, and the followed call. `chosen` and `followed` are results of `key_of`, or ""."""

    calls: Sequence[Mapping[str, Any]] = ()
    chosen: str = ""
    followed: str = ""
    asks: bool = False
    """True while the screen asks whether to end the chosen call."""
    notice: str = ""
    trouble: str = ""
    """Why the calls are not up to date."""
    loaded: bool = False

    @property
    def place(self) -> int:
        """The index of the chosen call in `calls`; -1 if `calls` does not contain the chosen call."""
        return next((number for number, one in enumerate(self.calls) if key_of(one) == self.chosen), -1)

    @property
    def call(self) -> Mapping[str, Any] | None:
        """The state of the chosen call; None if `calls` does not contain the chosen call."""
        return self.calls[self.place] if self.place >= 0 else None


def key_of(state: Mapping[str, Any]) -> str:
    """Return a text that identifies a call by its room and its agent."""
    return f"{state.get('room')}\n{state.get('identity')}"


def with_calls(screen: Screen, calls: Sequence[Mapping[str, Any]]) -> Screen:
    """Return the screen with these calls. If the chosen call has ended, the call at the same place becomes the chosen
    call.

    A followed call stays the chosen call even after its end, so that a key cannot end another call by mistake.
    """
    place, new = screen.place, replace(screen, calls=tuple(calls), trouble="", loaded=True)
    if new.place >= 0 or new.followed:
        return new if new.place >= 0 else replace(new, asks=False)
    near = new.calls[min(max(place, 0), len(new.calls) - 1)] if new.calls else None
    return replace(new, chosen=key_of(near) if near else "", asks=False)


def press(screen: Screen, key: str) -> tuple[Screen, Action | None]:
    """Return the screen after this key, and the action to carry out; None if the key needs no action."""
    if screen.asks:
        return replace(screen, asks=False), "end" if key in ("y", "Y") else None
    match key:
        case "q":
            return screen, "quit"
        case "escape" if screen.followed:
            return replace(screen, followed="", notice=""), "back"
        case "up" | "down" if screen.calls and not screen.followed:
            place = min(max(screen.place + (1 if key == "down" else -1), 0), len(screen.calls) - 1)
            return replace(screen, chosen=key_of(screen.calls[place]), notice=""), None
        case "enter" | "f" if screen.call and not screen.followed:
            return _unless_broken(replace(screen, followed=screen.chosen, notice=""), screen, "follow")
        case "e" if screen.call:
            return _unless_broken(replace(screen, asks=True, notice=""), screen, None)
    return screen, None


def keys_of(data: bytes) -> Sequence[str]:
    """Return the names of the keys in the bytes from the terminal. Unknown sequences are left out."""
    if data in _SEQUENCES:
        return (_SEQUENCES[data],)
    if data.startswith(b"\x1b") and len(data) > 1:
        return [key for part in data.split(b"\x1b")[1:] for key in _sequence(b"\x1b" + part)]
    return [_SINGLE.get(sign, sign) for sign in data.decode(errors="ignore")]


def _sequence(data: bytes) -> Sequence[str]:
    return (_SEQUENCES[data],) if data in _SEQUENCES else ("escape",) if data == b"\x1b" else ()


def _unless_broken(new: Screen, old: Screen, action: Action | None) -> tuple[Screen, Action | None]:
    """Return the new screen and the action. If the chosen call accepts no commands, return the old screen with the
    reason and no action.
    """
    error = old.call and old.call.get("error")
    if not error:
        return new, action
    return replace(old, notice=str(old.call["detail"] if old.call else error)), None
