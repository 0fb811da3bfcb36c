"""Render the lines that ship for a voice that fails: `python -m offhook.testing.make_clips` (needs libflite1)."""

from pathlib import Path

from offhook.line.clips import CLIPS, Clip
from offhook.testing.make_speech import Flite, encode

__all__ = ["main"]

SAID: tuple[Clip, ...] = ("moment", "still", "again", "trouble", "there", "voice")
"""`sorry` was made earlier, and is kept as it is."""


def main() -> None:
    """Render every clip into the folder of the clips."""
    folder = Path(__file__).parents[1] / "line" / "clips"
    flite = Flite()
    for name in SAID:
        encode(flite.render(CLIPS[name]), folder / f"{name}.ogg")


if __name__ == "__main__":
    main()
