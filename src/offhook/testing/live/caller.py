"""A scripted caller: a real participant in a real room that speaks, listens and records times."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from livekit import rtc

from offhook.core.errors import OffhookError
from offhook.testing.live.listener import Listener
from offhook.testing.live.microphone import Microphone, SpokenLine
from offhook.testing.live.phone import CallStatus, Phone
from offhook.testing.live.recording import Placed
from offhook.testing.live.relay import CuttableRelay
from offhook.testing.speech import RATE, Samples, load
from offhook.tokens import room_token

__all__ = ["Caller"]

_KEYS = "0123456789*#ABCD"


class Caller(Listener):
    """A listener that can also speak, press keys and type. If `phone` is given, agents treat this caller as a phone.

    If the room is new, LiveKit dispatches `agent` with `metadata`. A worker must be registered with this agent name.
    """

    def __init__(  # noqa: PLR0913  # all are keyword-only, and a call needs all of them
        self,
        *,
        url: str,
        api_key: str,
        api_secret: str,
        room: str,
        identity: str = "caller",
        name: str = "",
        phone: Phone | None = None,
        attributes: Mapping[str, str] | None = None,
        agent: str | None = None,
        metadata: str = "",
    ) -> None:
        token = room_token(
            api_key=api_key,
            api_secret=api_secret,
            room=room,
            identity=identity,
            name=name,
            role="phone" if phone else "caller",
            kind="sip" if phone else "standard",
            attributes={**(phone.attributes() if phone else {}), **(attributes or {})},
            agent=agent,
            metadata=metadata,
        )
        self._set_up(url=url, token=token, room=room, identity=identity, phone=phone)
        self.phone = phone
        self._microphone = Microphone()
        self._relay = CuttableRelay(url)

    async def __aenter__(self) -> Self:
        relay_url = await self._relay.open()
        try:
            await self._participant.join(self._url, self._token, through=relay_url)
        except BaseException:
            await self._relay.close()
            raise
        self._microphone.start()
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE, dtx=False)
        await self._participant.room.local_participant.publish_track(self._microphone.track, options)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._microphone.close()
        await super().__aexit__(kind, error, trace)
        await self._relay.close()

    async def say(self, line: str | Path) -> SpokenLine:
        """Speak a line that offhook ships, or an audio file; wait until all of it is sent."""
        return await self.play(load(line), f"says {str(line)!r}")

    async def play(self, samples: Samples, note: str) -> SpokenLine:
        """Send 48 kHz mono audio; wait until all of it is sent. `note` describes the audio in the timeline."""
        self._note(note)
        return await self._microphone.say(samples)

    async def press(self, digits: str) -> None:
        """Press phone keys (DTMF), one after another."""
        for digit in digits.upper():
            if digit not in _KEYS:
                raise OffhookError(f"there is no key {digit!r} on a phone; use one of {_KEYS}")
            self._note(f"presses {digit}")
            await self._participant.room.local_participant.publish_dtmf(code=_KEYS.index(digit), digit=digit)

    async def type(self, text: str) -> None:
        """Send a chat message."""
        self._note(f"types {text!r}")
        await self._participant.room.local_participant.send_text(text, topic="lk.chat")

    async def set_sip_status(self, status: CallStatus) -> None:
        """Change the phone's `sip.callStatus`, for example from "ringing" to "active" when the phone answers."""
        if self.phone is None:
            raise OffhookError("this caller is not a phone; give it phone=Phone()")
        self._note(f"sets the SIP status to {status}")
        self.phone = replace(self.phone, status=status)
        await self._participant.room.local_participant.set_attributes({"sip.callStatus": status})

    def freeze(self) -> None:
        """Stop sending audio, even in the middle of a word. The track stays published; listeners receive silence."""
        self._note("freezes")
        self._microphone.freeze()

    def thaw(self) -> None:
        """Send audio again, from the position where `freeze` stopped."""
        self._note("thaws")
        self._microphone.thaw()

    def mute(self, *, muted: bool = True) -> None:
        """Mute or unmute the published microphone track."""
        self._note("mutes" if muted else "unmutes")
        (self._microphone.track.mute if muted else self._microphone.track.unmute)()

    async def drop_network(self) -> None:
        """Lose the network without signalling, like a phone whose battery is empty.

        livekit-server detects the loss after about 20 s. The data that this caller received so far stays readable.
        """
        self._note("loses the network")
        self._relay.cut()
        await self._participant.leave()

    def sounds(self) -> list[tuple[float, float]]:
        """Return the times at which any participant was audible, as pairs of start and end in seconds since this caller
        joined.
        """
        own = [(at, at + len(pcm) / RATE) for at, pcm in self._microphone.lines]
        both = sorted([*own, *((one.started_at, one.ended_at) for one in self.heard)])
        return [(began - self.joined_at, ended - self.joined_at) for began, ended in both]

    def _spoken(self) -> Placed:
        return self._microphone.lines
