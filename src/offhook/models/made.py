"""Stores the arguments with which offhook made each model, so that a running call can replace a model with a slightly
different one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from offhook.selection import Choice

__all__ = ["Made", "how_made", "members_of", "remember", "remember_members"]


@dataclass(frozen=True, slots=True)
class Made:
    """How a model object was made: the selected provider and model, and the temperature. The temperature None means the
    provider's default.
    """

    choice: Choice
    temperature: float | None = None


_MADE: WeakKeyDictionary[Any, Made] = WeakKeyDictionary()
_MEMBERS = "offhook_members"
"""The name of the attribute in which a fallback adapter holds its models. A `WeakKeyDictionary` from adapters to models
would never release an adapter, because the models refer to the adapter's event handlers.
"""


def remember(model: Any, made: Made) -> None:
    """Store how this model was made."""
    _MADE[model] = made


def how_made(model: Any) -> Made | None:
    """Return how offhook made this model. The result is None for a model that offhook did not make, for example a model
    that the agent's code made.
    """
    return _MADE.get(model)


def remember_members(adapter: Any, members: Sequence[Any]) -> None:
    """Store the models behind a fallback adapter. LiveKit's adapters do not expose their models."""
    setattr(adapter, _MEMBERS, tuple(members))


def members_of(model: Any) -> tuple[Any, ...]:
    """Return the models behind an adapter that offhook made, in the order of their use. For any other model, return
    only the model itself.
    """
    members: tuple[Any, ...] = getattr(model, _MEMBERS, (model,))
    return members
