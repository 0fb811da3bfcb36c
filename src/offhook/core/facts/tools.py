"""Facts about tool calls: started, released, ended and refused.

Each of these facts is one record of the journal: `engine/inbox.py` writes the record when the fact is posted. If the
earlier speech is redacted (`SpeechRedacted`), the record loses the arguments and the output, and keeps the name of the
tool.
"""

from dataclasses import dataclass
from typing import Literal

from offhook.core.facts.base import Fact

__all__ = ["ToolEnded", "ToolRefused", "ToolReleased", "ToolStarted"]


@dataclass(frozen=True, slots=True)
class ToolStarted(Fact):
    """The model called a tool."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolReleased(Fact):
    """A tool reported progress and continues in the background, so the agent can answer without the tool's result."""

    id: str


@dataclass(frozen=True, slots=True)
class ToolEnded(Fact):
    """The tool returned, failed or was cancelled."""

    id: str
    status: Literal["done", "error", "cancelled"]
    output: str = ""


@dataclass(frozen=True, slots=True)
class ToolRefused(Fact):
    """A tool call was over a limit and was not run.

    If no other tool call of the same request ran, the model is asked to answer in words.
    """

    name: str
    why: str
