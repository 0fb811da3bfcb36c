"""What the page has to know: where LiveKit is, where the journal is, and whom one talks to."""

from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Premises"]


@dataclass(frozen=True, slots=True)
class Premises:
    """`models` has a line about the models in use, then lines about what a key would change."""

    url: str
    api_key: str
    api_secret: str = field(repr=False)
    agent_file: str
    journal: Path | None = None
    models: str = ""
