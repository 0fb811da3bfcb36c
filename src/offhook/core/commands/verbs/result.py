"""`result`: return the results of an earlier command."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from offhook.core.commands.base import MAX_NUMBER, MAX_WAIT, CallView, Query

__all__ = ["ResultQuery"]


@dataclass(frozen=True, slots=True)
class ResultQuery(Query):
    """Return the results of a command, without its first `after` results. If no result is left, wait up to `wait`
    seconds for a new one.
    """

    name: ClassVar[str] = "result"

    command: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    after: Annotated[int, Field(ge=0, le=MAX_NUMBER)] = 0
    wait: Annotated[float, Field(ge=0, le=MAX_WAIT, allow_inf_nan=False)] = 0.0

    async def read(self, view: CallView) -> Mapping[str, object]:
        return await view.results(self.command, after=self.after, wait=self.wait)
