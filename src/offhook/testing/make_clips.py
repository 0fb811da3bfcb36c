"""Renders the clips that offhook ships for calls whose TTS fails.

Run it with `python -m offhook.testing.make_clips`, which needs libflite1.
"""

from pathlib import Path

from offhook.announce.clips import CLIPS, Clip
from offhook.models.offline.flite import Flite
from offhook.testing.make_speech import VOICE, encode, spoken

__all__ = ["main"]

RENDERED: tuple[Clip, ...] = ("moment", "still", "again", "trouble", "there", "voice")
"""The clip `sorry` is not in this list, because its older file stays unchanged."""


def main() -> None:
    """Render every listed clip into the clips folder."""
    folder = Path(__file__).parents[1] / "announce" / "clips"
    flite = Flite(VOICE)
    for name in RENDERED:
        encode(spoken(flite, CLIPS[name]), folder / f"{name}.ogg")


if __name__ == "__main__":
    main()
