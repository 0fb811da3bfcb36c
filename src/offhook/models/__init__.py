"""Builds the VAD, STT, LLM and TTS of a call from the settings."""

from offhook.models.build import Models, build_tts, choose, import_plugins, preload_names, preload_plugins
from offhook.models.turn_detection import check_turn_detection, turn_handling

__all__ = [
    "Models",
    "build_tts",
    "check_turn_detection",
    "choose",
    "import_plugins",
    "preload_names",
    "preload_plugins",
    "turn_handling",
]
