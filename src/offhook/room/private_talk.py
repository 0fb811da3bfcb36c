"""Lets the agent talk with one participant of a room while the others hear neither of the two."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

import aiohttp
from livekit import api, rtc

from offhook.room.participants import can_be_caller

__all__ = ["PrivateTalk"]

log = logging.getLogger("offhook")

_PER_REQUEST = 3.0
_HEARD = "what is said in private may be heard by others, because the server did not change a subscription"


class PrivateTalk:
    """While it runs, `colleague` and the other people in the room do not hear each other.

    Of the agent's tracks, those with the name `track` are for the colleague only, and all others are for everybody
    else. LiveKit has two means for this: the agent permits its own tracks to participants by name, and the server
    changes what participants subscribe to. A hidden participant has no name in the room, so it does not hear the agent
    meanwhile.
    """

    def __init__(self, room: rtc.Room, server: Callable[[], api.LiveKitAPI], *, colleague: str, track: str) -> None:
        self._room, self._server, self._colleague, self._track = room, server, colleague, track
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self) -> None:
        """Begin before the colleague is in the room."""
        self._room.on("local_track_published", self._permit)
        self._room.on("participant_connected", self._on_joined)
        self._room.on("track_published", self._on_published)
        self._permit()

    async def end(self) -> None:
        """Let everybody hear everybody again."""
        self._room.off("local_track_published", self._permit)
        self._room.off("participant_connected", self._on_joined)
        self._room.off("track_published", self._on_published)
        if not self._room.isconnected():
            return
        self._room.local_participant.set_track_subscription_permissions(allow_all_participants=True)
        await asyncio.gather(*self._tasks)
        people = self._people()
        colleague = self._room.remote_participants.get(self._colleague)
        if colleague is not None:
            changes = [self._subscribe(one.identity, _tracks(colleague), on=True) for one in people]
            changes += [self._subscribe(self._colleague, _tracks(one), on=True) for one in people]
            await asyncio.gather(*changes)

    def _people(self) -> list[rtc.RemoteParticipant]:
        """Return the people besides the colleague."""
        everybody = self._room.remote_participants.values()
        return [one for one in everybody if one.identity != self._colleague and can_be_caller(one)]

    def _permit(self, *_: object) -> None:
        """Permit each track of the agent to those who may hear it."""
        me = self._room.local_participant
        private = [sid for sid, one in me.track_publications.items() if one.name == self._track]
        public = [sid for sid in me.track_publications if sid not in private]
        me.set_track_subscription_permissions(
            allow_all_participants=False,
            participant_permissions=[
                rtc.ParticipantTrackPermission(
                    participant_identity=identity, allowed_track_sids=private if identity == self._colleague else public
                )
                for identity in {*self._room.remote_participants, self._colleague}
            ],
        )

    def _on_joined(self, participant: rtc.RemoteParticipant) -> None:
        self._permit()
        for publication in participant.track_publications.values():
            self._on_published(publication, participant)
        if participant.identity == self._colleague:
            for one in self._people():
                self._own(self._subscribe(self._colleague, _tracks(one), on=False))

    def _on_published(self, publication: rtc.RemoteTrackPublication, participant: rtc.RemoteParticipant) -> None:
        if participant.identity == self._colleague:
            for one in self._people():
                self._own(self._subscribe(one.identity, [publication.sid], on=False))
        elif self._colleague in self._room.remote_participants:
            self._own(self._subscribe(self._colleague, [publication.sid], on=False))

    async def _subscribe(self, identity: str, tracks: Iterable[str], *, on: bool) -> None:
        request = api.UpdateSubscriptionsRequest(
            room=self._room.name, identity=identity, track_sids=list(tracks), subscribe=on
        )
        if not request.track_sids:
            return
        try:
            async with asyncio.timeout(_PER_REQUEST):
                await self._server().room.update_subscriptions(request)
        except (api.ServerError, aiohttp.ClientError, TimeoutError) as error:
            log.warning(
                "a joined call may be silent on one side" if on else _HEARD, extra={"error": type(error).__name__}
            )

    def _own(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work, name="offhook private talk")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _tracks(participant: rtc.RemoteParticipant) -> list[str]:
    return list(participant.track_publications)
