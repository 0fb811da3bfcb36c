"""Importing this loads the offline voice, so that forked jobs share it and no call waits for it."""

from offhook.models.offline.voice import render

__all__: list[str] = []

render("Hello.")
