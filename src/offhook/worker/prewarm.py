"""Prepares an idle job process before its call arrives."""

import importlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from livekit.agents import JobProcess

from offhook.core.errors import SettingsError
from offhook.models.build import preload_plugins
from offhook.settings import load_settings
from offhook.worker.signals import restore_in_children

__all__ = ["Prewarm"]

log = logging.getLogger("offhook")


@dataclass(frozen=True, slots=True)
class Prewarm:
    """Loads models and, in production, imports the agent's module. In `dev` mode, the job process imports the module
    only when its call comes, so that the call runs the newest version.
    """

    module: str = ""
    user: Callable[[JobProcess], Any] | None = None

    def __call__(self, process: JobProcess) -> None:
        restore_in_children()
        settings = load_settings()
        try:
            preload_plugins(settings)
        except (SettingsError, ImportError):
            if self.module:  # otherwise the entrypoint makes its own session, perhaps without these plugins
                raise
        if self.module and not settings.dev:
            try:
                importlib.import_module(self.module)
            except Exception:  # the call will raise and report the same error
                log.exception("the agent's module cannot be imported", extra={"agent_module": self.module})
        if self.user is not None:
            self.user(process)
