"""Removes the recordings of calls that are deleted from the journal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from offhook.core.errors import OffhookError
from offhook.journal.call_reader import CallReader
from offhook.recordings.bucket import Bucket, BucketError
from offhook.recordings.file import file_of
from offhook.settings import Settings

__all__ = ["Found", "find", "remove"]

_NAMES: Final = ("RecordingStarted", "RecordingKept", "RecordingStored")


@dataclass(frozen=True, slots=True)
class Found:
    """The places of one call's recording: files on this machine, and a URL in a bucket."""

    call: str
    files: tuple[Path, ...]
    url: str = ""


def find(settings: Settings, reader: CallReader, calls: Sequence[str]) -> Sequence[Found]:
    """Return the recordings of these calls: files on this machine, and uploaded files."""
    found: list[Found] = []
    for call in calls:
        bodies = {record.name: record.body for record in reader.records(call, names=_NAMES)}
        kept, url = bodies.get("RecordingKept", {}), str(bodies.get("RecordingStored", {}).get("url", ""))
        places = {file_of(settings.recordings_folder, call), *(Path(str(one)) for one in [kept.get("path")] if one)}
        files = tuple(sorted(path for path in places if path.exists()))
        uploaded = url if url and url not in {path.as_uri() for path in places} else ""
        if files or uploaded:
            found.append(Found(call, files, uploaded))
    return found


def remove(settings: Settings, found: Sequence[Found]) -> Mapping[str, str]:
    """Delete these recordings. Return the id of each call whose recording was not deleted, with the reason."""
    left: dict[str, str] = {}
    bucket: Bucket | None = None
    for one in found:
        try:
            for path in one.files:
                path.unlink(missing_ok=True)
            if one.url:
                bucket = bucket or _bucket(settings)
                if bucket is None or not bucket.delete(one.url):
                    left[one.call] = f"{one.url} is not in OFFHOOK_RECORDINGS_URL; delete it yourself"
        except (OSError, BucketError, OffhookError) as error:
            left[one.call] = f"{one.url or one.files[0]}: {error}"
    return left


def _bucket(settings: Settings) -> Bucket | None:
    return Bucket(settings.recordings_url) if settings.recordings_url else None
