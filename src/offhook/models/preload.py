"""Imports the modules of the selected providers before a call starts. No other provider is imported."""

import importlib
from collections.abc import Iterable

from offhook.core.errors import SettingsError
from offhook.selection import Choice, select_models
from offhook.settings import Settings

__all__ = ["import_plugins", "preload_names", "preload_plugins", "require"]

_PLUGINS = {
    "deepgram": "livekit.plugins.deepgram",
    "openai": "livekit.plugins.openai",
    "responses": "livekit.plugins.openai",
    "cartesia": "livekit.plugins.cartesia",
    "silero": "livekit.plugins.silero",
}
_OFFLINE = {
    "pocketsphinx": "offhook.models.offline.preload_stt",
    "rules": "offhook.models.offline.front_desk",
    "offline": "offhook.models.offline.preload_tts",
    "flite": "offhook.models.offline.preload_flite",
}
_CLIENTS = {"openai": "offhook.models.preload_openai", "responses": "offhook.models.preload_openai"}
_EXTRA = {
    "pocketsphinx": "offhook.models.offline.recogniser",
    "offline": "offhook.models.offline.voice",
    "flite": "offhook.models.offline.preload_flite",
}


def import_plugins(settings: Settings) -> None:
    """Import the selected plugins. Call this on the main thread, because LiveKit registers plugins only there."""
    for name in _of(_PLUGINS, select_models(settings).every):
        importlib.import_module(name)


def preload_names(settings: Settings) -> list[str]:
    """Return the modules that the worker's forkserver imports, so that all job processes share the memory of the
    models.
    """
    every = select_models(settings).every
    require(every)
    return [*_of(_PLUGINS, every), *_of(_CLIENTS, every), *_of(_OFFLINE, every)]


def preload_plugins(settings: Settings) -> None:
    """Do the slow imports of a process before a call starts. Call this on the main thread while the process is idle."""
    for name in preload_names(settings):
        importlib.import_module(name)


def require(every: Iterable[Choice]) -> None:
    """Raise `SettingsError` if an offline model lacks a package or a library; the error says how to install it."""
    for name in _of(_EXTRA, every):
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            raise SettingsError(
                f"the offline models need the package {error.name}; run pip install 'offhook[offline]', "
                "or set DEEPGRAM_API_KEY, OPENAI_API_KEY and CARTESIA_API_KEY"
            ) from error


def _of(modules: dict[str, str], every: Iterable[Choice]) -> list[str]:
    return list(dict.fromkeys(modules[choice.provider] for choice in every if choice.provider in modules))
