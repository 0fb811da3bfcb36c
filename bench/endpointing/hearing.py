"""Finds the silences in the recordings. The results are cached in a folder, because the VAD and the end-of-turn
detector need about a minute for all recordings.
"""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from offhook.models.recorded_speech import Silence, decode, silences

__all__ = ["hear"]

_VERSION = "4"
"""The version of the cached results. Raise this number after a code change that changes the results."""


def hear(path: Path, cache: Path) -> Sequence[Silence]:
    """Return the silences of a recording, from the cache if possible."""
    kept = cache / f"{hashlib.sha256(path.read_bytes()).hexdigest()[:24]}-{_VERSION}.json"
    if kept.exists():
        return [Silence(**one) for one in json.loads(kept.read_text())]
    found = asyncio.run(silences(decode(path)[0]))
    cache.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps([asdict(one) for one in found]))
    return found
