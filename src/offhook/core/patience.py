"""How long the agent waits at the end of a turn: a preset, or numbers that the user gives."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Literal

__all__ = ["PRESETS", "Patience", "Preset", "bounded"]

Preset = Literal["quick", "normal", "patient", "dictation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long the agent waits after the caller's last sound, in seconds.

    If the probability that the turn has ended is `sure` or more, the wait is `shortest`. A lower probability makes the
    wait longer, up to `longest`. At the probability `middle`, the wait is halfway between `shortest` and `longest`.
    `hold` is the wait after words such as "hold on".
    """

    shortest: float = 0.25
    longest: float = 1.5
    middle: float = 0.25
    sure: float = 0.6
    hold: float = 3.0


PRESETS: Mapping[Preset, Patience] = {
    "quick": Patience(longest=0.8, middle=0.2, sure=0.5, hold=2.0),
    "normal": Patience(),
    "patient": Patience(shortest=0.4, longest=1.8, middle=0.4, sure=0.75, hold=4.0),
    "dictation": Patience(shortest=0.7, longest=2.5, middle=0.6, sure=0.85, hold=5.0),
}

_LIMITS: Mapping[str, tuple[float, float]] = {
    "shortest": (0.0, 5.0),
    "longest": (0.1, 10.0),
    "middle": (0.05, 0.95),
    "sure": (0.05, 1.0),
    "hold": (0.1, 20.0),
}
"""The smallest and the largest allowed value of each field of `Patience`."""


def bounded(patience: Patience) -> tuple[Patience, str]:
    """Return the patience with every number inside its limits, and a text about the changed numbers ("" if none was
    changed).

    Because of the limits, no caller waits without end. A number outside its limits is changed and not refused, so that
    no call fails because of a number.
    """
    normal, changes = PRESETS["normal"], dict[str, float]()
    for field in fields(Patience):
        value, (least, most) = getattr(patience, field.name), _LIMITS[field.name]
        if not isinstance(value, int | float) or math.isnan(value):
            changes[field.name] = getattr(normal, field.name)
        elif not least <= value <= most:
            changes[field.name] = min(max(value, least), most)
    mended = replace(patience, **changes)
    if mended.longest < mended.shortest:
        changes["longest"] = mended.shortest
        mended = replace(mended, longest=mended.shortest)
    told = ", ".join(f"{name}={getattr(patience, name)!r} is {value:g}" for name, value in changes.items())
    return mended, f"Patience: {told}" if told else ""
