"""Circumstances, as plain data: what else happens in a call while a fault acts (for example, a handoff)."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from offhook.core.errors import OffhookError
from offhook.testing.faults.fault import Service

__all__ = ["CIRCUMSTANCES", "NEEDS_TOOL", "Circumstance", "circumstance"]

_AGENTS = Path(__file__).parent / "agents"
_NO_TOOL = frozenset({"realtime.hangs"})
"""With this fault, every connection to the Realtime API hangs, so the model calls no tool."""
_RESTARTS = frozenset({"realtime.stall_after_3"})
"""With this fault, a Realtime model treats a sound of the caller as a turn, and begins its answer again.

The model then repeats words; offhook does not cause this.
"""
_NO_AUDIO = frozenset({"network.cut", "network.gone"})
"""With these faults, the caller's audio does not arrive, so no turn is completed."""
NEEDS_TOOL = frozenset({"openai.loops"})
"""Faults that need an agent with a tool; the agents of some circumstances have no tool."""


@dataclass(frozen=True, slots=True)
class Circumstance:
    """What is special in the second turn of the call, besides the fault."""

    name: str
    about: str
    agent: Path | None = None
    """The agent file that produces this circumstance. None: the circumstance is possible with every agent."""
    calls: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    """Maps the number of a question, counted from 1, to the tool that the model calls for this question."""
    waits: bool = False
    """True: the fault acts only after the circumstance has begun. Exception: faults of the STT do not wait."""
    never: Service | None = None
    """A service with which this circumstance is impossible; its faults are not played in this circumstance."""
    excluded: frozenset[str] = frozenset()
    """Faults that prevent this circumstance, or that never act in it."""
    sound: float = 0.0
    """Seconds. The caller makes a sound of this length, without words, while waiting for the answer; 0 for no sound."""


CIRCUMSTANCES = (
    Circumstance("sound", "the caller makes a sound without words during the wait", sound=0.3, excluded=_RESTARTS),
    Circumstance(
        "tool", "a tool works for 3 s", _AGENTS / "with_tool.py", {2: "look_up"}, waits=True, excluded=_NO_TOOL
    ),
    Circumstance(
        "handoff",
        "the agent hands off",
        _AGENTS / "with_handoff.py",
        {2: "transfer"},
        waits=True,
        excluded=_NO_TOOL | NEEDS_TOOL,
    ),
    Circumstance(
        "handed_off",
        "the new agent has its first turn",
        _AGENTS / "with_handoff.py",
        {1: "transfer"},
        excluded=_NO_TOOL | NEEDS_TOOL,
    ),
    Circumstance(
        "task", "a tool awaits a task", _AGENTS / "with_task.py", {1: "collect", 3: "finish"}, excluded=_NO_TOOL
    ),
    Circumstance(
        "hook",
        "`on_user_turn_completed` takes 3 s",
        _AGENTS / "with_hook.py",
        never="realtime",
        excluded=NEEDS_TOOL | _NO_AUDIO,
    ),
)


def circumstance(name: str) -> Circumstance:
    """Return the circumstance of this name; raises `OffhookError` for an unknown name."""
    known = {one.name: one for one in CIRCUMSTANCES}
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        advice = f"did you mean {near[0]}?" if near else f"the circumstances are {', '.join(known)}"
        raise OffhookError(f"there is no circumstance {name!r}; {advice}")
    return known[name]
