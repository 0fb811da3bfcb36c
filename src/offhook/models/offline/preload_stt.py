"""Loads the offline STT when this module is imported. Forked job processes share the STT's memory, and no call waits
for the STT to load.
"""

import offhook.models.offline.recogniser  # noqa: F401  # no call waits for this import
from offhook.models.offline.decoders import SHARED

__all__: list[str] = []

SHARED.fill()
