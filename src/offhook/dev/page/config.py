"""The page's configuration: the LiveKit server, the journal and the agent."""

from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["PageConfig"]


@dataclass(frozen=True, slots=True)
class PageConfig:
    """The configuration of the page. The first line of `models` describes the models; the other lines suggest
    settings.
    """

    url: str
    api_key: str
    api_secret: str = field(repr=False)
    agent_file: str
    journal: Path | None = None
    models: str = ""
