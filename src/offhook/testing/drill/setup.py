"""The settings of a drill's call, for agents that dial the caller, need metadata, or use push-to-talk."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from offhook.testing.live.callee import Callee

__all__ = ["CallSetup"]


@dataclass(frozen=True, slots=True)
class CallSetup:
    """The properties of the call of a drill, apart from the caller's words."""

    metadata: str = ""
    """The dispatch metadata."""
    dials: bool = False
    """True: the agent dials the caller."""
    button: tuple[str, str] | None = None
    """For an agent with push-to-talk: the RPC methods that the caller's client calls before and after each question."""

    @property
    def options(self) -> Mapping[str, Any]:
        """Arguments of `simulate`."""
        return {"metadata": self.metadata, "callees": (Callee(),) if self.dials else ()}
