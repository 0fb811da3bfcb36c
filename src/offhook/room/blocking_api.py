"""Sends blocking requests to the LiveKit server's API, for code without an event loop."""

import urllib.error
import urllib.request
from datetime import timedelta
from typing import Protocol, TypeVar

from livekit import api

__all__ = ["BlockingApi"]

_TIMEOUT = 3.0
_NOT_FOUND = 404
_TTL = timedelta(minutes=1)


class _Message(Protocol):
    def SerializeToString(self) -> bytes: ...  # noqa: N802  # protobuf's name
    def ParseFromString(self, serialized: bytes) -> int: ...  # noqa: N802


Answer = TypeVar("Answer", bound=_Message)


class BlockingApi:
    """A few requests to one LiveKit server. Each request blocks for at most 3 s, and raises `OSError` if it fails."""

    def __init__(self, *, url: str, key: str, secret: str) -> None:
        self._base = url.replace("ws", "http", 1) if url.startswith("ws") else url
        self._key, self._secret = key, secret

    def list_participants(self, room: str) -> list[api.ParticipantInfo]:
        """Return the participants of the room, or an empty list if the room does not exist."""
        answer = api.ListParticipantsResponse()
        self._ask("ListParticipants", api.ListParticipantsRequest(room=room), answer, room=room)
        return list(answer.participants)

    def delete_room(self, room: str) -> None:
        """Close the room. Does nothing if the room does not exist."""
        self._ask("DeleteRoom", api.DeleteRoomRequest(room=room), api.DeleteRoomResponse(), room=room)

    def remove_participant(self, room: str, identity: str) -> None:
        """Remove the participant from the room. Does nothing if the participant is not in the room."""
        request = api.RoomParticipantIdentity(room=room, identity=identity)
        self._ask("RemoveParticipant", request, api.RemoveParticipantResponse(), room=room)

    def _ask(self, method: str, request: _Message, answer: Answer, *, room: str) -> None:
        grants = api.VideoGrants(room_create=True, room_admin=True, room=room)
        token = api.AccessToken(self._key, self._secret).with_grants(grants).with_ttl(_TTL).to_jwt()
        headers = {"Content-Type": "application/protobuf", "Authorization": f"Bearer {token}"}
        url = f"{self._base.rstrip('/')}/twirp/livekit.RoomService/{method}"
        asked = urllib.request.Request(url, request.SerializeToString(), headers)  # noqa: S310  # the server's URL
        try:
            with urllib.request.urlopen(asked, timeout=_TIMEOUT) as response:  # noqa: S310
                answer.ParseFromString(response.read())
        except urllib.error.HTTPError as error:
            if error.code != _NOT_FOUND:
                raise
