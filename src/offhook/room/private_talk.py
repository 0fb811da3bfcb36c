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
    """During the talk, `colleague` and the other people in the room do not hear each other.

    Only the colleague hears the agent's tracks with the name `track`. All other people hear the agent's other tracks.

    For its own tracks, the agent names the participants who may subscribe to each track. For the tracks of the
    colleague and the other people, offhook asks the server to change who is subscribed. The agent cannot name a hidden
    participant, because the agent gets no events about hidden participants. Therefore a hidden participant does not
    hear the agent during the talk.
    """

    def __init__(self, room: rtc.Room, server: Callable[[], api.LiveKitAPI], *, colleague: str, track: str) -> None:
        self._room, self._server, self._colleague, self._track = room, server, colleague, track
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self) -> None:
        """Begin the private talk. Call this method before the colleague joins the room."""
        self._listen(on=True)
        self._permit()

    async def separate(self) -> None:
        """Ask the server again to separate the colleague from the others. Call this method when the colleague has
        answered the phone, because the requests before that may have had no effect.
        """
        await asyncio.gather(*self._tasks)
        await self._change(on=False)

    async def end(self) -> None:
        """Let everybody hear everybody again."""
        self._listen(on=False)
        if self._room.isconnected():
            self._room.local_participant.set_track_subscription_permissions(allow_all_participants=True)
            await asyncio.gather(*self._tasks)
            await self._change(on=True)

    def _listen(self, *, on: bool) -> None:
        change = self._room.on if on else self._room.off
        change("local_track_published", self._permit)
        change("participant_connected", self._on_joined)
        change("participant_active", self._on_joined)
        change("track_published", self._on_published)

    async def _change(self, *, on: bool) -> None:
        """If `on` is True, let the colleague and the other people hear each other; if it is False, separate them."""
        colleague = self._room.remote_participants.get(self._colleague)
        if colleague is not None:
            people = self._people()
            changes = [self._subscribe(one.identity, _tracks(colleague), on=on) for one in people]
            changes += [self._subscribe(self._colleague, _tracks(one), on=on) for one in people]
            await asyncio.gather(*changes)

    def _people(self) -> list[rtc.RemoteParticipant]:
        """Return the people other than the colleague."""
        everybody = self._room.remote_participants.values()
        return [one for one in everybody if one.identity != self._colleague and can_be_caller(one)]

    def _permit(self, *_: object) -> None:
        """Permit each participant to subscribe only to those agent tracks that this participant may hear."""
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

    def _on_joined(self, _: rtc.Participant) -> None:
        self._permit()
        self._own(self._change(on=False))

    def _on_published(self, _: rtc.RemoteTrackPublication, __: rtc.RemoteParticipant) -> None:
        self._own(self._change(on=False))

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
