"""`facts`: return the journal records of the running call."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from offhook.core.commands.base import MAX_NUMBER, MAX_WAIT, CallView, Query

__all__ = ["FactsQuery"]


@dataclass(frozen=True, slots=True)
class FactsQuery(Query):
    """Return the records of the call after record number `after`. If there are none, wait up to `wait` seconds for a
    new record.
    """

    name: ClassVar[str] = "facts"

    after: Annotated[int, Field(ge=-1, le=MAX_NUMBER)] = -1
    wait: Annotated[float, Field(ge=0, le=MAX_WAIT, allow_inf_nan=False)] = 0.0

    async def read(self, view: CallView) -> Mapping[str, object]:
        return await view.facts(after=self.after, wait=self.wait)
