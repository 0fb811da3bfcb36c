"""The LiveKit server API for one simulated room. An unsupported request raises an error that names the request."""

from types import TracebackType
from typing import Any, Self

from livekit import api, rtc

from offhook.core.errors import OffhookError
from offhook.testing.simulation.dialling import Dialling, SipService
from offhook.testing.simulation.room import SimulatedRoom

__all__ = ["SimulatedServer"]


class SimulatedServer:
    """Replaces the class `api.LiveKitAPI`; the first `failing` requests fail with HTTP status 503."""

    def __init__(self, room: SimulatedRoom, *, failing: int = 0) -> None:
        self.room = room
        self.failing = failing
        self.asked = room.asked
        self.sip = Dialling(room)

    def __call__(self, *_: Any, **__: Any) -> "_Client":
        return _Client(self)


class _Client:
    """One `LiveKitAPI`."""

    def __init__(self, server: SimulatedServer) -> None:
        self.room = _RoomService(server)
        self.sip = SipService(server.sip, self.room.take)
        self._server = server

    def __getattr__(self, name: str) -> Any:
        raise OffhookError(f"the simulated server has no {name}, only room and sip; test {name} with a real server")

    async def aclose(self) -> None:
        """Do nothing: there is no connection to close."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        await self.aclose()


class _Service:
    def __init__(self, server: SimulatedServer) -> None:
        self._server = server
        self._room = server.room

    def __getattr__(self, name: str) -> Any:
        raise OffhookError(f"the simulated server has no {name}; test {name} with a real server")

    def take(self, what: str, room: str) -> None:
        self._server.asked.append(what)
        if self._server.failing > 0:
            self._server.failing -= 1
            raise api.TwirpError(api.TwirpErrorCode.UNAVAILABLE, "the simulated server fails on purpose", status=503)
        if room != self._room.name or (self._room.over.is_set() and not self._room.remote_participants):
            raise _missing("room")


class _RoomService(_Service):
    async def delete_room(self, request: api.DeleteRoomRequest) -> api.DeleteRoomResponse:
        self.take("delete_room", request.room)
        self._room.close("the room was deleted")
        return api.DeleteRoomResponse()

    async def remove_participant(self, request: api.RoomParticipantIdentity) -> api.RemoveParticipantResponse:
        self.take("remove_participant", request.room)
        if not self._room.leave(request.identity, rtc.DisconnectReason.PARTICIPANT_REMOVED):
            raise _missing("participant")
        return api.RemoveParticipantResponse()

    async def list_rooms(self, request: api.ListRoomsRequest) -> api.ListRoomsResponse:  # noqa: ARG002  # there is one room
        self.take("list_rooms", self._room.name)
        return api.ListRoomsResponse(rooms=[api.Room(name=self._room.name)])

    async def list_participants(self, request: api.ListParticipantsRequest) -> api.ListParticipantsResponse:
        self.take("list_participants", request.room)
        people = [api.ParticipantInfo(identity=name) for name in self._room.remote_participants]
        return api.ListParticipantsResponse(participants=people)

    async def send_data(self, request: api.SendDataRequest) -> api.SendDataResponse:
        self.take("send_data", request.room)
        self._room.received.append((request.topic, request.data))
        return api.SendDataResponse()

    async def update_participant(self, request: api.UpdateParticipantRequest) -> api.ParticipantInfo:
        self.take("update_participant", request.room)
        if request.identity not in self._room.remote_participants:
            raise _missing("participant")
        self._room.change(request.identity, dict(request.attributes))
        return api.ParticipantInfo(identity=request.identity)

    async def update_subscriptions(self, request: api.UpdateSubscriptionsRequest) -> api.UpdateSubscriptionsResponse:
        self.take(f"{request.identity} {'hears' if request.subscribe else 'does not hear'} a track", request.room)
        if request.identity not in self._room.remote_participants:
            raise _missing("participant")
        return api.UpdateSubscriptionsResponse()


def _missing(what: str) -> api.TwirpError:
    return api.TwirpError(api.TwirpErrorCode.NOT_FOUND, f"{what} does not exist", status=404)
