"""Which provider serves each stage of a call, and why; decided from the settings alone, without loading any of them."""

from offhook.choices.kinds import Choice, Choices, Preset, Stage
from offhook.choices.pick import choices
from offhook.choices.words import describe, tell

__all__ = ["Choice", "Choices", "Preset", "Stage", "choices", "describe", "tell"]
