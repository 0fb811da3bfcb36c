"""Settings in; ears, brain and voice out."""

from offhook.models.build import Models, choose, import_plugins, preload_names, voice, warm
from offhook.models.turns import check_turn_detection, turn_handling

__all__ = [
    "Models",
    "check_turn_detection",
    "choose",
    "import_plugins",
    "preload_names",
    "turn_handling",
    "voice",
    "warm",
]
