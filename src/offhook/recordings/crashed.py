"""Makes the `RecordingKept` fact of a call whose job process has died, from the audio file and from the journal."""

from collections.abc import Sequence
from pathlib import Path

from offhook.core.facts import RecordingKept
from offhook.core.record import Record
from offhook.recordings.file import measured

__all__ = ["recovered"]


def recovered(path: Path, records: Sequence[Record]) -> RecordingKept:
    """Return `RecordingKept` for the audio in this file. Raises `OSError` if the file cannot be read, or `OffhookError`
    if the file has no audio.
    """
    found = measured(path)
    began = max(record.at for record in records if record.name in ("RecordingStarted", "RecordingDiscarded"))
    gaps = _gaps(records, began, found.seconds)
    return RecordingKept(str(path), found.sha256, found.bytes, found.seconds, round(began, 3), gaps, complete=False)


def _gaps(records: Sequence[Record], began: float, seconds: float) -> tuple[tuple[float, float], ...]:
    gaps: list[tuple[float, float]] = []
    start: float | None = None
    for record in records:
        if record.name == "RecordingPaused":
            start = record.at - began
        elif record.name == "RecordingResumed" and start is not None:
            gaps.append((start, record.at - began))
            start = None
    if start is not None:
        gaps.append((start, seconds))
    cut = ((max(start, 0.0), min(end, seconds)) for start, end in gaps)
    return tuple((round(start, 3), round(end, 3)) for start, end in cut if end > start)
