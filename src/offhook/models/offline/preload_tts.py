"""Loads the offline TTS when this module is imported. Forked job processes share the TTS's memory, and no call waits
for the TTS to load.
"""

from offhook.models.offline.voice import render

__all__: list[str] = []

render("Hello.")
