"""Looks for what runs on this machine: the voice detector, the recogniser, the voice."""

import asyncio
import ctypes
import importlib.util
from pathlib import Path

from offhook.checks.finding import Finding, ok, problem
from offhook.choices import Choice

__all__ = ["look_here"]

FLITE = ("libflite.so.1", "libflite_usenglish.so.1", "libflite_cmulex.so.1", "libflite_cmu_us_slt.so.1")
EXTRA = "pip install 'offhook[offline]'"


async def look_here(choice: Choice) -> Finding:
    """Whether a model that needs no network is there."""
    match choice.provider:
        case "builtin":
            return _package(choice, "livekit.local_inference", "Silero, as livekit-agents brings it")
        case "silero":
            return _package(choice, "livekit.plugins.silero", "Silero, the plugin")
        case "pocketsphinx":
            return _package(choice, "pocketsphinx", "PocketSphinx, on this machine", advice=EXTRA)
        case "rules":
            return ok("rules, on this machine: a demonstration, not a language model")
        case "offline":
            return await asyncio.to_thread(_voice)
    return ok(f"{choice.provider} {choice.model}".strip())


def _package(choice: Choice, package: str, what: str, *, advice: str = "pip install --upgrade offhook") -> Finding:
    if _there(package):
        return ok(what)
    return problem(f"{choice.provider}: the package {package} is missing", f"run {advice}")


def _there(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:  # not even its parent is there
        return False


def _voice() -> Finding:
    """The engine that OfflineVoice takes: Flite when its libraries load, else espeak-ng from its wheel."""
    if _flite():
        return ok("flite, on this machine")
    if _there("espeakng_loader"):
        import espeakng_loader  # noqa: PLC0415  # an extra, looked for above

        if Path(espeakng_loader.get_library_path()).is_file():
            return ok("espeak-ng, on this machine; flite (Debian: libflite1) sounds better")
    return problem(
        "there is no voice on this machine", f"run {EXTRA}, or install Flite (Debian: apt-get install libflite1)"
    )


def _flite() -> bool:
    try:
        for library in FLITE:
            ctypes.CDLL(library, mode=ctypes.RTLD_GLOBAL)
    except OSError:
        return False
    return True
