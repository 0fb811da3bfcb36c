"""Rejects a ringing phone that nobody will answer, because this worker was full and no other worker took the call.

Without this rejection, the phone rings until livekit-sip ends the call, after 3 minutes by default. This code runs in
the worker's main process.
"""

import asyncio
import logging
from collections.abc import Iterable

import aiohttp
from livekit.api import RoomParticipantIdentity, ServerError, ServerErrorCode
from livekit.protocol.models import ParticipantInfo

from offhook.control.api import Api, connect
from offhook.core.errors import SettingsError
from offhook.settings import Settings

__all__ = ["BusyPhones", "phones_to_reject"]

log = logging.getLogger("offhook")

_PAUSES = (1.0, 2.0, 4.0, 0.0)
"""Seconds to wait after each failed attempt to use the server's API."""
_KIND = ParticipantInfo.Kind


def phones_to_reject(people: Iterable[ParticipantInfo]) -> list[str]:
    """If all participants of the room are inbound phones that still ring, return their identities. Otherwise return an
    empty list, because anybody else in the room, such as an agent or a colleague, may still answer the phone.
    """
    everybody = list(people)
    return [one.identity for one in everybody] if all(map(_rings, everybody)) else []


def _rings(person: ParticipantInfo) -> bool:
    values = person.attributes
    return person.kind == _KIND.SIP and bool(values.get("sip.ruleID")) and values.get("sip.callStatus") == "ringing"


class BusyPhones:
    """Checks the room of each call that this worker has refused, `busy_after` seconds after the refusal."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._looking: dict[str, asyncio.Task[None]] = {}

    def refused(self, room: str) -> None:
        """Schedule the check of this room. If the setting `busy_after` is 0, do nothing."""
        if not self._settings.busy_after or room in self._looking:
            return
        task = asyncio.get_running_loop().create_task(self._look(room), name=f"offhook busy {room}")
        self._looking[room] = task
        task.add_done_callback(lambda _: self._looking.pop(room, None))

    async def stop(self) -> None:
        """Cancel all checks."""
        tasks = list(self._looking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _look(self, room: str) -> None:
        await asyncio.sleep(self._settings.busy_after)
        for pause in _PAUSES:
            try:
                await self._reject(room)
            except (ServerError, aiohttp.ClientError, TimeoutError, OSError, SettingsError) as error:
                log.warning("a ringing phone cannot be rejected yet", extra={"room": room, "error": repr(error)})
            else:
                return
            await asyncio.sleep(pause)

    async def _reject(self, room: str) -> None:
        settings = self._settings
        secret = settings.livekit_api_secret
        async with connect(
            url=settings.livekit_url,
            key=settings.livekit_api_key,
            secret=secret.get_secret_value() if secret else None,
        ) as api:
            for identity in phones_to_reject(await api.list_participants(room)):
                await _remove(api, room, identity)
                extra = {"room": room, "pii_identity": identity, "seconds": settings.busy_after}
                log.warning("a phone was rejected as busy: no worker took its call", extra=extra)


async def _remove(api: Api, room: str, identity: str) -> None:
    try:
        await api.services.room.remove_participant(RoomParticipantIdentity(room=room, identity=identity))
    except ServerError as error:
        if error.code != ServerErrorCode.NOT_FOUND:
            raise
