"""Plays LiveKit's hold music to the caller, on a track of its own."""

from livekit import rtc
from livekit.agents import AudioConfig, BackgroundAudioPlayer, BuiltinAudioClip

__all__ = ["HoldMusic"]

_VOLUME = 0.5


class HoldMusic:
    """The music of one hold. The track exists only while the music plays."""

    def __init__(self) -> None:
        self._player: BackgroundAudioPlayer | None = None

    async def start(self, room: rtc.Room) -> None:
        """Publish the track and play the music in a loop."""
        self._player = BackgroundAudioPlayer()
        await self._player.start(room=room)
        self._player.play(AudioConfig(BuiltinAudioClip.HOLD_MUSIC, volume=_VOLUME), loop=True)

    async def stop(self) -> None:
        """Stop the music and unpublish the track."""
        player, self._player = self._player, None
        if player is not None:
            await player.aclose()
