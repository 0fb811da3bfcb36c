"""The file of a recording: its path, its hash, its size and its length."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from offhook.core.errors import OffhookError

__all__ = ["Measured", "file_of", "measured", "new_file"]


@dataclass(frozen=True, slots=True)
class Measured:
    """The measured values of an audio file: its hash, its size and the length of its audio."""

    sha256: str
    bytes: int
    seconds: float


def file_of(folder: Path, call: str) -> Path:
    """Return the absolute path of the recording of this call. The file's name is the id of the call, so that even after
    a crash the name shows to which call the file belongs.
    """
    return (folder / f"{re.sub(r'[^A-Za-z0-9_-]', '_', call)}.ogg").absolute()


def new_file(path: Path) -> None:
    """Create an empty file; an old file at this path is deleted. Only the owner can read the new file. If the folder
    does not exist, create a folder that only the owner can open. Raises `OSError` if the file cannot be created.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)


def measured(path: Path) -> Measured:
    """Return the hash, the size and the length of this file. Raises `OSError` if the file cannot be read, or
    `OffhookError` if the file has no audio.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    seconds = _seconds(path)
    return Measured(digest.hexdigest(), path.stat().st_size, round(seconds, 3))


def _seconds(path: Path) -> float:
    import av  # noqa: PLC0415  # the import takes 60 ms; only recorded calls need it

    try:
        with av.open(path) as container:
            stream = container.streams.audio[0]
            if stream.duration is None or stream.time_base is None:
                raise OffhookError(f"{path} has no audio")
            return float(stream.duration * stream.time_base)
    except (av.error.FFmpegError, IndexError) as error:
        raise OffhookError(f"{path} has no audio that can be read: {error}") from error
