"""The data that a new agent gets when it takes over a call whose job process died: the call's id and last turns."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["ATTRIBUTE", "MAX_RESUMED", "Resumed", "dump_resumed", "parse_resumed"]

ATTRIBUTE = "offhook.resumes"
"""The dispatch attribute that carries the text of `dump_resumed`. The dispatch metadata stays as the user set it."""
MAX_RESUMED = 32 * 1024
"""Maximum size of the text of `dump_resumed`, in bytes. If the turns do not fit, the oldest turns are left out."""
_ROLES = ("user", "assistant")


@dataclass(frozen=True, slots=True)
class Resumed:
    """The earlier call that this call continues. `turns` are the last turns, each with the speaker ("user" or
    "assistant") and the words.
    """

    call: str
    turns: tuple[tuple[str, str], ...] = ()


def dump_resumed(call: str, turns: Sequence[tuple[str, str]]) -> str:
    """Return the text for the attribute `ATTRIBUTE`, with as many of the last turns as fit."""
    size = len(_json(call, [])) + 2
    kept: list[tuple[str, str]] = []
    for role, text in reversed(turns):
        size += len(json.dumps([role, text])) + 2
        if size > MAX_RESUMED:
            break
        kept.append((role, text))
    return _json(call, kept[::-1])


def parse_resumed(text: str) -> Resumed | None:
    """Return the data in a text of `dump_resumed`; None for any other text. Never raises."""
    try:
        found: Any = json.loads(text) if len(text) <= MAX_RESUMED else None
        turns = tuple((role, said) for role, said in found["turns"] if role in _ROLES and isinstance(said, str))
        call = found["call"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return Resumed(call, turns) if isinstance(call, str) and call else None


def _json(call: str, turns: Sequence[tuple[str, str]]) -> str:
    return json.dumps({"call": call, "turns": turns})
