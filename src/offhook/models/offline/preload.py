"""Importing this loads the offline models, so that forked jobs share them and no call waits for them."""

from offhook.models.offline.decoders import SHARED
from offhook.models.offline.voice import render

__all__: list[str] = []

SHARED.fill()
render("Hello.")
