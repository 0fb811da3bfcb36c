"""Reads and changes the rights of one person in a room.

LiveKit replaces all rights of a participant at once: a right that a request does not name is withdrawn. Therefore
`change_rights` reads the rights, changes some of them, writes all of them, and reads them again.
"""

import asyncio
from dataclasses import asdict, dataclass, fields
from typing import Final, Literal

from livekit import api as lk

from offhook.control.api import Api
from offhook.control.rooms import find_participant, request_errors
from offhook.core.errors import RoomError

__all__ = ["Person", "Rights", "RightsChange", "Source", "change_rights", "consequences", "read_rights"]

Source = Literal["microphone", "camera", "screen_share", "screen_share_audio", "unknown"]

_SOURCES: Final[dict[int, Source]] = {
    lk.TrackSource.UNKNOWN: "unknown",
    lk.TrackSource.CAMERA: "camera",
    lk.TrackSource.MICROPHONE: "microphone",
    lk.TrackSource.SCREEN_SHARE: "screen_share",
    lk.TrackSource.SCREEN_SHARE_AUDIO: "screen_share_audio",
}
_FIELDS: Final = {
    "publish": "can_publish",
    "subscribe": "can_subscribe",
    "data": "can_publish_data",
    "hidden": "hidden",
    "update_own_metadata": "can_update_metadata",
}
"""Maps each right to its field in LiveKit's `ParticipantPermission`."""
_ATTEMPTS, _PAUSE = 10, 0.2


@dataclass(frozen=True, slots=True)
class Rights:
    """The rights of one person. If `sources` is empty, the person may publish from every source."""

    publish: bool
    subscribe: bool
    data: bool
    hidden: bool
    update_own_metadata: bool
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class RightsChange:
    """The new values of the rights to change. None leaves the right as it is."""

    publish: bool | None = None
    subscribe: bool | None = None
    data: bool | None = None
    hidden: bool | None = None
    update_own_metadata: bool | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A participant and the participant's rights. `published` is the number of tracks that this person publishes."""

    identity: str
    name: str
    rights: Rights
    published: int


async def read_rights(api: Api, room: str, identity: str) -> Person:
    """Return the person and the current rights. Raises `RoomError` if the room or the person is not found."""
    return _person(await find_participant(api, room, identity))


async def change_rights(api: Api, room: str, identity: str, change: RightsChange) -> tuple[Person, Person]:
    """Change some rights of a person and keep the others. Return the person before and after the change.

    If two programs change rights of the same person at the same moment, the later change overwrites the earlier one.
    """
    found = await find_participant(api, room, identity)
    permission = lk.ParticipantPermission()
    permission.CopyFrom(found.permission)  # keeps the other rights too, even rights that offhook does not know
    wanted = {name: value for name, value in asdict(change).items() if value is not None}
    for name, value in wanted.items():
        setattr(permission, _FIELDS[name], value)
    gone = f"{identity!r} has left room {room!r}; nothing was changed"
    if permission != found.permission:
        request = lk.UpdateParticipantRequest(room=room, identity=identity, permission=permission)
        with request_errors(api, missing=gone):
            await api.services.room.update_participant(request)
    who = lk.RoomParticipantIdentity(room=room, identity=identity)
    for _ in range(_ATTEMPTS):
        with request_errors(api, missing=f"{identity!r} has left room {room!r}"):
            now = await api.services.room.get_participant(who)
        if now.permission == permission:
            return _person(found), _person(now)
        await asyncio.sleep(_PAUSE)  # the change arrives later if the person is on another node of the server
    raise RoomError(
        f"{api.url} accepted the change, but {identity!r} does not have these rights now: another program changes "
        "the rights too, or the server is slow; read the rights again without an option"
    )


def consequences(before: Person, after: Person) -> tuple[str, ...]:
    """Return the side effects of the change, one sentence for each effect."""
    was, now = before.rights, after.rights
    found = []
    if was.publish and not now.publish and before.published:
        found.append("The person's tracks are unpublished. They do not come back when the right is restored.")
    if now.publish and not was.publish:
        found.append("The person's app must publish its microphone (again); the server does not do this.")
        if not now.sources:
            found.append("The right includes camera and screen, because the token does not name sources.")
    if was.subscribe and not now.subscribe:
        found.append("The person hears nothing more, but still receives messages and transcripts.")
    if now.hidden and not was.hidden:
        found.append("People who are in the room already still see the person; people who join later do not.")
    if now.hidden and now.data and not (was.hidden and was.data):
        found.append("A hidden person who may send data can call the agent's RPC methods without an identity.")
    return tuple(found)


def _person(info: lk.ParticipantInfo) -> Person:
    rights = {field.name: bool(getattr(info.permission, _FIELDS[field.name])) for field in fields(RightsChange)}
    sources = tuple(_SOURCES.get(one, "unknown") for one in info.permission.can_publish_sources)
    return Person(info.identity, info.name, Rights(**rights, sources=sources), len(info.tracks))
