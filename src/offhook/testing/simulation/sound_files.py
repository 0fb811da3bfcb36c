"""Checks the sound files that a simulated agent plays. A Git LFS pointer in place of a sound file is an error."""

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from livekit.agents import AudioConfig

from offhook.core.errors import OffhookError
from offhook.engine.code_place import short

__all__ = ["checked", "is_pointer"]

_POINTER = b"version https://git-lfs"


def checked(play: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap `BackgroundAudioPlayer.play`, so that it raises `OffhookError` for a Git LFS pointer.

    Without the check, `play` reads a pointer file again and again, because the file has no sound.
    """

    @functools.wraps(play)
    def play_checked(self: Any, audio: Any, **options: Any) -> Any:
        for file in _files(audio):
            if is_pointer(file):
                raise OffhookError(f"{short(file)} is a Git LFS pointer, not the file: run git lfs pull")
        return play(self, audio, **options)

    return play_checked


def is_pointer(file: str) -> bool:
    """Return True if the file has only the text that Git LFS leaves in place of a large file."""
    try:
        with Path(file).open("rb") as opened:
            return opened.read(len(_POINTER)) == _POINTER
    except (OSError, ValueError):
        return False


def _files(audio: Any) -> Iterator[str]:
    for one in audio if isinstance(audio, list) else [audio]:
        source = one.source if isinstance(one, AudioConfig) else one
        if isinstance(source, str):
            yield source
