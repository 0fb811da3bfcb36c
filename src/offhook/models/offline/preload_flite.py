"""Loads Flite when this module is imported. Raises `SettingsError` if Flite is not installed."""

from offhook.models.offline.voice import render

__all__: list[str] = []

render("Hello.", "flite")
