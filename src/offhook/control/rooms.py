"""Finds a room and its participants. Each error text is one line. Most texts also say what the user can do."""

import difflib
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import aiohttp
from livekit import api as lk

from offhook.control.api import Api, no_answer
from offhook.core.errors import RoomError

__all__ = ["OpenRoom", "find_participant", "find_room", "request_errors"]

SHOWN: Final = 5
"""Maximum names of rooms or participants in one error text."""
_SIMILAR: Final = 0.6


@contextmanager
def request_errors(api: Api, *, missing: str = "") -> Iterator[None]:
    """Raise `RoomError` if a request in the `with` block fails. `missing` is the error text if the room or the
    participant of the request does not exist.
    """
    try:
        yield
    except lk.ServerError as error:
        if error.status in (401, 403):  # the server's error text may contain the token, so offhook does not repeat it
            text = f"{api.url} refuses the key: check LIVEKIT_API_KEY and LIVEKIT_API_SECRET"
            raise RoomError(text) from error
        if missing and error.code == lk.ServerErrorCode.NOT_FOUND:
            raise RoomError(missing) from error
        raise RoomError(f"{api.url} refused the request: {error.message} ({error.code})") from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise RoomError(no_answer(api.url, error)) from error


async def find_room(api: Api, name: str) -> lk.Room:
    """Return the open room with this name. If there is none, raises a `RoomError` that lists the open rooms; rooms with
    similar names come first.
    """
    with request_errors(api):
        found = await api.services.room.list_rooms(lk.ListRoomsRequest(names=[name]))
        if found.rooms:
            return found.rooms[0]
        newest = sorted(await api.list_rooms(), key=lambda room: room.creation_time, reverse=True)
    rooms = [room.name for room in newest]
    raise RoomError(
        f"there is no room {name!r} on {api.url}; {_listed('open rooms', _nearest_first(name, rooms))}"
        if rooms
        else f"there is no room {name!r} on {api.url}; no room is open there now"
    )


async def find_participant(api: Api, room: str, identity: str) -> lk.ParticipantInfo:
    """Return the participant with this identity. If there is none, raises a `RoomError` that suggests the participant
    with the most similar identity or name.
    """
    await find_room(api, room)
    with request_errors(api):
        everybody = await api.list_participants(room)
    for one in everybody:
        if one.identity == identity:
            return one
    text = f"there is no {identity!r} in room {room!r}"
    similar = _most_similar(identity, everybody)
    if similar is not None:
        name = f" ({similar.name!r})" if similar.name else ""
        raise RoomError(f"{text}; did you mean {similar.identity!r}{name}?")
    there = [one.identity for one in everybody]
    raise RoomError(f"{text}; {_listed('in the room', there) if there else 'nobody is in the room'}")


class OpenRoom:
    """One room of the server, for `offhook listen`. Every method may raise `RoomError`."""

    def __init__(self, api: Api, name: str) -> None:
        self._api, self._name = api, name

    async def opened_at(self) -> float:
        """Return the Unix time in seconds at which the room was opened. Raises `RoomError` if the room is not open."""
        return float((await find_room(self._api, self._name)).creation_time)

    async def has_agent(self) -> bool:
        with request_errors(self._api):
            everybody = await self._api.list_participants(self._name)
        return any(one.kind == lk.ParticipantInfo.Kind.AGENT for one in everybody)

    async def remove(self, identities: Collection[str]) -> None:
        """Remove these participants. A participant who is not in the room counts as removed."""
        with request_errors(self._api):
            for one in await self._api.list_participants(self._name):
                if one.identity in identities:
                    await self._remove(one.identity)

    async def _remove(self, identity: str) -> None:
        try:
            who = lk.RoomParticipantIdentity(room=self._name, identity=identity)
            await self._api.services.room.remove_participant(who)
        except lk.ServerError as error:
            if error.code != lk.ServerErrorCode.NOT_FOUND:
                raise


def _nearest_first(name: str, names: list[str]) -> list[str]:
    near = difflib.get_close_matches(name, names, n=SHOWN, cutoff=_SIMILAR)
    return [*near, *(one for one in names if one not in near)]


def _most_similar(wanted: str, everybody: Iterable[lk.ParticipantInfo]) -> lk.ParticipantInfo | None:
    """Return the participant whose identity or name is the most similar; None if none is similar."""

    def similarity(one: lk.ParticipantInfo) -> float:
        labels = (label.casefold() for label in (one.identity, one.name))
        return max(difflib.SequenceMatcher(None, wanted.casefold(), label).ratio() for label in labels)

    best = max(everybody, key=similarity, default=None)
    return best if best is not None and similarity(best) >= _SIMILAR else None


def _listed(label: str, names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{label}: {', '.join(map(repr, names[:SHOWN]))}{more}"
