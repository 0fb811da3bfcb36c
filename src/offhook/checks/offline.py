"""Checks the models that run on this machine: VAD, STT, LLM and TTS."""

import asyncio
import importlib.util
from pathlib import Path

from offhook.checks.finding import Finding, ok, problem
from offhook.core.errors import SettingsError
from offhook.selection import Choice

__all__ = ["check_offline"]

EXTRA = "pip install 'offhook[offline]'"


async def check_offline(choice: Choice) -> Finding:
    """Check that a model that needs no network is installed."""
    match choice.provider:
        case "builtin":
            return _package(choice, "livekit.local_inference", "Silero, included in livekit-agents")
        case "silero":
            return _package(choice, "livekit.plugins.silero", "Silero, the plugin")
        case "pocketsphinx":
            return _package(choice, "pocketsphinx", "PocketSphinx, on this machine", advice=EXTRA)
        case "rules":
            return ok("rules, on this machine: a demonstration, not a language model")
        case "offline":
            return _espeak(choice)
        case "flite":
            return await asyncio.to_thread(_flite)
    return ok(f"{choice.provider} {choice.model}".strip())


def _package(choice: Choice, package: str, what: str, *, advice: str = "pip install --upgrade offhook") -> Finding:
    if _installed(package):
        return ok(what)
    return problem(f"{choice.provider}: the package {package} is missing", f"run {advice}")


def _installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:  # raised if the parent package is not installed either
        return False


def _espeak(choice: Choice) -> Finding:
    if _installed("espeakng_loader"):
        import espeakng_loader  # noqa: PLC0415  # an optional package; installed, see above

        if Path(espeakng_loader.get_library_path()).is_file():
            return ok("espeak-ng, on this machine")
    return problem(f"{choice.provider}: the package espeakng_loader is missing", f"run {EXTRA}")


def _flite() -> Finding:
    from offhook.models.offline.flite import Flite  # noqa: PLC0415  # imports livekit.agents, which only this model needs

    try:
        return ok(f"{Flite().name}, on this machine")
    except SettingsError as error:
        detail, _, todo = str(error).partition("; ")
        return problem(detail, todo)
