"""What must be imported and loaded before a call comes: of the chosen providers, and of no other."""

import importlib
from collections.abc import Iterable

from offhook.choices import Choice, choices
from offhook.core.errors import SettingsError
from offhook.settings import Settings

__all__ = ["import_plugins", "preload_names", "require", "warm"]

_PLUGINS = {
    "deepgram": "livekit.plugins.deepgram",
    "openai": "livekit.plugins.openai",
    "responses": "livekit.plugins.openai",
    "cartesia": "livekit.plugins.cartesia",
    "silero": "livekit.plugins.silero",
}
_OFFLINE = {
    "pocketsphinx": "offhook.models.offline.preload_ears",
    "rules": "offhook.models.offline.front_desk",
    "offline": "offhook.models.offline.preload_voice",
}
_CLIENTS = {"openai": "offhook.models.preload_openai", "responses": "offhook.models.preload_openai"}
_EXTRA = {"pocketsphinx": "offhook.models.offline.recogniser", "offline": "offhook.models.offline.voice"}


def import_plugins(settings: Settings) -> None:
    """Import the chosen plugins; LiveKit takes them on a process's main thread only."""
    for name in _of(_PLUGINS, choices(settings).every):
        importlib.import_module(name)


def preload_names(settings: Settings) -> list[str]:
    """Modules for the worker's forkserver, whose jobs then share the models' memory."""
    every = choices(settings).every
    require(every)
    return [*_of(_PLUGINS, every), *_of(_CLIENTS, every), *_of(_OFFLINE, every)]


def warm(settings: Settings) -> None:
    """Do the slow, once-per-process part before a call comes; run it on the main thread of an idle process."""
    for name in preload_names(settings):
        importlib.import_module(name)


def require(every: Iterable[Choice]) -> None:
    """Refuse choices whose packages are not installed, with the command that installs them."""
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
