"""The people in a simulated room: the caller and others."""

import asyncio
import datetime as dt
import uuid
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from livekit import rtc
from livekit.protocol.models import ParticipantPermission

from offhook.testing.simulation.sounds import Line
from offhook.testing.simulation.tracks import CallerTrack, CallerTrackPublication

__all__ = ["Person"]

_ACTIVE = rtc.ParticipantState.PARTICIPANT_STATE_ACTIVE
_NEWEST_CLIENT = 1_000
"""A version of the client protocol with transcripts in text streams, so that LiveKit does not also send the older
transcript packets.
"""


class Person(rtc.RemoteParticipant):
    """A remote participant in the agent's room: a subclass of LiveKit's class, with simulated values.

    A person with `publishes=False` may only listen. A person with `active=False` has joined but is not connected yet.
    """

    def __init__(
        self,
        identity: str,
        line: Line,
        *,
        name: str = "",
        kind: int = rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD,
        attributes: Mapping[str, str] | None = None,
    ) -> None:
        self.line = line
        track = CallerTrack(line)
        self._values: dict[str, Any] = {
            "identity": identity,
            "name": name,
            "kind": kind,
            "attributes": dict(attributes or {}),
            "sid": f"PA_{uuid.uuid4().hex[:12]}",
            "joined_at": dt.datetime.now(dt.UTC),
        }
        self._published = {track.sid: CallerTrackPublication(track)}
        # RoomIO of livekit-agents 1.8.9 reads only the client's protocol from `_info`.
        self._info: Any = SimpleNamespace(client_protocol=_NEWEST_CLIENT)
        self.reason: int | None = None
        self.left = asyncio.Event()
        self.publishes = self.active = True

    sid = property(lambda self: self._values["sid"])
    identity = property(lambda self: self._values["identity"])
    name = property(lambda self: self._values["name"])
    kind = property(lambda self: self._values["kind"])
    attributes = property(lambda self: dict(self._values["attributes"]))
    joined_at = property(lambda self: self._values["joined_at"])
    metadata = property(lambda _: "")
    state = property(lambda self: _ACTIVE if self.active else rtc.ParticipantState.PARTICIPANT_STATE_JOINED)
    permissions = property(lambda self: ParticipantPermission(can_subscribe=True, can_publish=self.publishes))
    track_publications = property(lambda self: self._published if self.publishes and self.active else {})
    disconnect_reason = property(lambda self: self.reason or None)  # LiveKit returns None for an unknown reason

    def change(self, attributes: Mapping[str, str]) -> None:
        self._values["attributes"].update(attributes)

    def again(self) -> "Person":
        """Make a new participant with the same identity, for a rejoin."""
        return Person(self.identity, self.line, name=self.name, kind=self.kind, attributes=self.attributes)

    def __repr__(self) -> str:
        return f"Person({self.identity!r})"
