"""Selects the provider of each stage of a call from the settings, and gives the reason. Imports no provider plugin."""

from offhook.selection.describe import describe, summary
from offhook.selection.select import select_models
from offhook.selection.types import Choice, Choices, Preset, Stage

__all__ = ["Choice", "Choices", "Preset", "Stage", "describe", "select_models", "summary"]
