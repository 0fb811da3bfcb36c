"""Loads the offline STT when this module is imported. Forked jobs share the STT's memory, and no call waits for it."""

import offhook.models.offline.recogniser  # noqa: F401  # all jobs share this import, so no call waits for it
from offhook.models.offline.decoders import SHARED

__all__: list[str] = []

SHARED.fill()
