"""Plays LiveKit's hold music to the caller, on a separate track."""

from livekit import rtc
from livekit.agents import AudioConfig, BackgroundAudioPlayer, BuiltinAudioClip, PlayHandle

__all__ = ["HoldMusic"]

_VOLUME = 0.5


class HoldMusic:
    """The hold music of one call. The music's track is published when the caller is put on hold for the first time."""

    def __init__(self) -> None:
        self._room: rtc.Room | None = None
        self._player: BackgroundAudioPlayer | None = None
        self._playing: PlayHandle | None = None

    async def start(self, room: rtc.Room) -> None:
        """Play the music in a loop."""
        if self._player is None:
            self._room, self._player = room, BackgroundAudioPlayer()
            await self._player.start(room=room)
        self._playing = self._player.play(AudioConfig(BuiltinAudioClip.HOLD_MUSIC, volume=_VOLUME), loop=True)

    async def stop(self) -> None:
        """Stop the music and unpublish the track.

        If the agent has another `BackgroundAudioPlayer`, the hold music's track stays published without sound until the
        end of the call. The reason: in livekit-agents 1.8.9, closing one player unpublishes the first track that any
        player has published.
        """
        if self._playing is not None:
            self._playing.stop()
        if not self._other_player():
            await self.close()

    async def close(self) -> None:
        """Close the hold music's player, even if the agent has another `BackgroundAudioPlayer`."""
        player, self._player = self._player, None
        if player is not None:
            await player.aclose()

    def _other_player(self) -> bool:
        own = self._player.publication if self._player is not None else None
        if own is None or self._room is None:
            return False
        tracks = self._room.local_participant.track_publications.values()
        return any(track.name == own.name and track.sid != own.sid for track in tracks)
