"""`transcript`: return what the caller and the agent have said so far."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from offhook.core.commands.base import MAX_NUMBER, CallView, Query

__all__ = ["TranscriptQuery"]


@dataclass(frozen=True, slots=True)
class TranscriptQuery(Query):
    """Return the messages of the call after record number `after`: who said what, and when."""

    name: ClassVar[str] = "transcript"

    after: Annotated[int, Field(ge=-1, le=MAX_NUMBER)] = -1

    async def read(self, view: CallView) -> Mapping[str, object]:
        return await view.transcript(after=self.after)
