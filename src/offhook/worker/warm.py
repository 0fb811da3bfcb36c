"""What an idle job process does before a call comes."""

import importlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from livekit.agents import JobProcess

from offhook.models.build import warm
from offhook.settings import load_settings

__all__ = ["Warm"]

log = logging.getLogger("offhook")


@dataclass(frozen=True, slots=True)
class Warm:
    """Loads models and, in production, the agent's module; in `dev` that waits for the call, which gets the newest."""

    module: str = ""
    user: Callable[[JobProcess], Any] | None = None

    def __call__(self, process: JobProcess) -> None:
        settings = load_settings()
        warm(settings)
        if self.module and not settings.dev:
            try:
                importlib.import_module(self.module)
            except Exception:  # the call itself will say so to the caller and in its journal
                log.exception("the agent's module cannot be imported", extra={"agent_module": self.module})
        if self.user is not None:
            self.user(process)
