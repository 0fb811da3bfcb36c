"""`state`: return the state of the call."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from offhook.core.commands.base import CallView, Query

__all__ = ["StateQuery"]


@dataclass(frozen=True, slots=True)
class StateQuery(Query):
    """Return the state of the call: caller, agent, the current state of both, the last words."""

    name: ClassVar[str] = "state"

    async def read(self, view: CallView) -> Mapping[str, object]:
        return view.state()
