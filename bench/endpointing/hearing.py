"""Finds the silences of the recordings, and caches them in a folder, because the detectors need about a minute."""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from offhook.models.recorded_speech import Silence, decode, silences

__all__ = ["hear"]

_VERSION = "4"
"""Raise this number after a code change that changes the silences."""


def hear(path: Path, cache: Path) -> Sequence[Silence]:
    """Return the silences of a recording, from the cache if possible."""
    kept = cache / f"{hashlib.sha256(path.read_bytes()).hexdigest()[:24]}-{_VERSION}.json"
    if kept.exists():
        return [Silence(**one) for one in json.loads(kept.read_text())]
    found = asyncio.run(silences(decode(path)[0]))
    cache.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps([asdict(one) for one in found]))
    return found
