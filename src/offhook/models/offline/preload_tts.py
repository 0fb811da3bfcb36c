"""Loads the offline TTS when this module is imported. Forked jobs share the TTS's memory, and no call waits for it."""

from offhook.models.offline.voice import render

__all__: list[str] = []

render("Hello.")
