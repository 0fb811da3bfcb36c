"""Importing this loads the offline models, so that forked jobs share them and no call waits for them."""

import offhook.models.offline.front_desk
import offhook.models.offline.recogniser  # noqa: F401  # both are shared by the jobs instead of imported in a call
from offhook.models.offline.decoders import SHARED
from offhook.models.offline.voice import render

__all__: list[str] = []

SHARED.fill()
render("Hello.")
