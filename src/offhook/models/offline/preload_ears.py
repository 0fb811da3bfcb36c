"""Importing this loads the offline recogniser, so that forked jobs share it and no call waits for it."""

import offhook.models.offline.recogniser  # noqa: F401  # shared by the jobs instead of imported in a call
from offhook.models.offline.decoders import SHARED

__all__: list[str] = []

SHARED.fill()
