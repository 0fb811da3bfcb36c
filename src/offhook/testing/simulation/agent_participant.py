"""The agent's own participant in a simulated room."""

import asyncio
import datetime as dt
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from livekit import rtc

from offhook.core.errors import OffhookError
from offhook.testing.simulation.source import Listener
from offhook.testing.simulation.streams import Writer, byte_info, text_info
from offhook.testing.simulation.tracks import AgentTrack, AgentTrackPublication

if TYPE_CHECKING:
    from offhook.testing.simulation.room import SimulatedRoom

__all__ = ["AgentParticipant"]

Handler = Callable[[rtc.RpcInvocationData], Awaitable[str | None] | str | None]


class AgentParticipant:
    """The agent's own participant, with the part of `rtc.LocalParticipant` that agents use."""

    def __init__(self, room: "SimulatedRoom", identity: str) -> None:
        self._room = room
        self.identity, self.name, self.metadata = identity, "", ""
        self.sid = f"PA_{uuid.uuid4().hex[:12]}"
        self.kind = rtc.ParticipantKind.PARTICIPANT_KIND_AGENT
        self.state = rtc.ParticipantState.PARTICIPANT_STATE_ACTIVE
        self.attributes: dict[str, str] = {}
        self.track_publications: dict[str, AgentTrackPublication] = {}
        self.joined_at = dt.datetime.now(dt.UTC)
        self.disconnect_reason: int | None = None
        self._methods: dict[str, Handler] = {}
        self.permitted: dict[str, set[str]] | None = None
        """The ids of the tracks that each participant may hear, by identity. None: everybody may hear all tracks."""

    async def publish_track(self, track: AgentTrack, options: rtc.TrackPublishOptions | None = None) -> Any:
        source = options.source if options is not None else rtc.TrackSource.SOURCE_UNKNOWN
        publication = AgentTrackPublication(track, source)
        self.track_publications[publication.sid] = publication
        track.source.listener = self._only_if_permitted(track.sid, self._room.ear(track.name))
        self._room.emit("local_track_published", publication, track)
        return publication

    async def unpublish_track(self, track_sid: str) -> None:
        publication = self.track_publications.pop(track_sid, None)
        if publication is not None and publication.track is not None:
            publication.track.source.listener = None
            self._room.emit("local_track_unpublished", publication)

    async def set_attributes(self, attributes: Mapping[str, str]) -> None:
        self.attributes.update(attributes)

    async def set_metadata(self, metadata: str) -> None:
        self.metadata = metadata

    async def set_name(self, name: str) -> None:
        self.name = name

    async def publish_data(self, payload: bytes | str, *, reliable: bool = True, topic: str = "", **_: Any) -> None:  # noqa: ARG002  # LiveKit's signature
        self._room.received.append((topic, payload if isinstance(payload, bytes) else payload.encode()))

    async def publish_dtmf(self, *, code: int, digit: str) -> None:  # noqa: ARG002  # LiveKit's signature
        self._room.keys.append(digit)

    async def publish_transcription(self, transcription: rtc.Transcription) -> None:
        """Do nothing: the text streams carry the same transcript."""

    def set_track_subscription_permissions(
        self,
        *,
        allow_all_participants: bool,
        participant_permissions: Sequence[rtc.ParticipantTrackPermission] | None = None,
    ) -> None:
        permitted = {one.participant_identity: set(one.allowed_track_sids) for one in participant_permissions or ()}
        self.permitted = None if allow_all_participants else permitted

    def _only_if_permitted(self, sid: str, listener: Listener) -> Listener:
        """Return a listener that passes on the audio only if the caller (the first participant) may hear this track."""

        def on_audio(began: float, seconds: float) -> None:
            caller = next(iter(self._room.remote_participants), "")
            if self.permitted is None or sid in self.permitted.get(caller, ()):
                listener(began, seconds)

        return on_audio

    async def stream_text(
        self,
        *,
        topic: str = "",
        attributes: Mapping[str, str] | None = None,
        sender_identity: str | None = None,
        **_: Any,
    ) -> Writer:
        return Writer(text_info(topic, attributes), sender_identity or self.identity, self._room.wrote)

    async def send_text(
        self, text: str, *, topic: str = "", attributes: Mapping[str, str] | None = None, **_: Any
    ) -> rtc.TextStreamInfo:
        writer = await self.stream_text(topic=topic, attributes=attributes)
        await writer.write(text)
        await writer.aclose()
        return text_info(topic, attributes, len(text))

    async def stream_bytes(
        self, name: str, *, topic: str = "", attributes: Mapping[str, str] | None = None, **_: Any
    ) -> Writer:
        return Writer(byte_info(topic, name, attributes, None), self.identity, self._room.wrote)

    async def send_bytes(
        self, data: bytes, *, topic: str = "", name: str | None = None, **_: Any
    ) -> rtc.ByteStreamInfo:
        self._room.received.append((topic, bytes(data)))
        return byte_info(topic, name or "", None, len(data))

    async def send_file(self, file_path: str, *, topic: str = "", **_: Any) -> rtc.ByteStreamInfo:
        data = await asyncio.to_thread(Path(file_path).read_bytes)
        return await self.send_bytes(data, topic=topic, name=Path(file_path).name)

    def register_rpc_method(self, method_name: str, handler: Handler | None = None) -> Any:
        if handler is None:
            return lambda function: self.register_rpc_method(method_name, function)
        self._methods[method_name] = handler
        return handler

    def unregister_rpc_method(self, method: str) -> None:
        self._methods.pop(method, None)

    def add_rpc_interceptor(self, interceptor: object) -> None:
        """Do nothing: an interceptor only traces RPC calls."""

    def remove_rpc_interceptor(self, interceptor: object) -> None:
        """Do nothing: an interceptor only traces RPC calls."""

    async def perform_rpc(self, *, destination_identity: str, method: str, payload: str, **_: Any) -> str:
        answer = self._room.answers.get(method)
        if destination_identity not in self._room.remote_participants:
            raise rtc.RpcError(rtc.RpcError.ErrorCode.RECIPIENT_NOT_FOUND, f"no participant {destination_identity!r}")
        if answer is None and method == "lk.sip.EndCall" and self._room.end_call(destination_identity, payload):
            return "{}"
        if answer is None:
            raise rtc.RpcError(rtc.RpcError.ErrorCode.UNSUPPORTED_METHOD, f"the caller has no answer to {method!r}")
        return answer(payload)

    @property
    def methods(self) -> frozenset[str]:
        """The names of the agent's RPC methods."""
        return frozenset(self._methods)

    async def answer(self, method: str, payload: str, *, caller: str) -> str:
        """Call one of the agent's RPC methods in the name of the participant `caller`."""
        handler = self._methods.get(method)
        if handler is None:
            raise OffhookError(f"the agent has no RPC method {method!r}, only {', '.join(self._methods) or 'none'}")
        data = rtc.RpcInvocationData(uuid.uuid4().hex, caller, payload, 15.0, method)
        result = handler(data)
        return (await result if isinstance(result, Awaitable) else result) or ""
