"""A scripted caller: a real participant in a real room, who speaks, listens and keeps time."""

from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from livekit import rtc

from offhook.core.errors import OffhookError
from offhook.testing.listener import Listener
from offhook.testing.mast import Mast
from offhook.testing.microphone import Microphone, Said
from offhook.testing.phone import CallStatus, Phone
from offhook.testing.recording import Placed
from offhook.testing.speech import load
from offhook.tokens import room_token

__all__ = ["Caller"]

_KEYS = "0123456789*#ABCD"


class Caller(Listener):
    """A listener with a mouth and keys. With a `phone`, agents take it for one.

    `agent` is sent for, with `metadata`, if the room is new; a worker must have registered that name.
    """

    def __init__(  # noqa: PLR0913  # all are named, and all must be known to place a call
        self,
        *,
        url: str,
        api_key: str,
        api_secret: str,
        room: str,
        identity: str = "caller",
        phone: Phone | None = None,
        agent: str | None = None,
        metadata: str = "",
    ) -> None:
        token = room_token(
            api_key=api_key,
            api_secret=api_secret,
            room=room,
            identity=identity,
            role="phone" if phone else "caller",
            kind="sip" if phone else "standard",
            attributes=phone.attributes() if phone else None,
            agent=agent,
            metadata=metadata,
        )
        self._sit(url=url, token=token, room=room, identity=identity, phone=phone)
        self.phone = phone
        self._microphone = Microphone()
        self._mast = Mast(url)

    async def __aenter__(self) -> Self:
        through = await self._mast.open()
        try:
            await self._seat.join(self._url, self._token, through=through)
        except BaseException:
            await self._mast.close()
            raise
        self._microphone.start()
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE, dtx=False)
        await self._seat.room.local_participant.publish_track(self._microphone.track, options)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._microphone.close()
        await super().__aexit__(kind, error, trace)
        await self._mast.close()

    async def say(self, line: str | Path) -> Said:
        """Speak a shipped line or a sound file; returns when its last audible sample has left."""
        self._note(f"says {str(line)!r}")
        return await self._microphone.say(load(line))

    async def press(self, digits: str) -> None:
        """Press keys, one after another."""
        for digit in digits.upper():
            if digit not in _KEYS:
                raise OffhookError(f"there is no key {digit!r} on a phone; there are {_KEYS}")
            self._note(f"presses {digit}")
            await self._seat.room.local_participant.publish_dtmf(code=_KEYS.index(digit), digit=digit)

    async def type(self, text: str) -> None:
        """Send a typed message."""
        self._note(f"types {text!r}")
        await self._seat.room.local_participant.send_text(text, topic="lk.chat")

    async def become(self, status: CallStatus) -> None:
        """Change the phone's `sip.callStatus`: "ringing" becomes "active" when it is answered."""
        if self.phone is None:
            raise OffhookError("this caller is not a phone; give it phone=Phone()")
        self._note(f"becomes {status}")
        self.phone = replace(self.phone, status=status)
        await self._seat.room.local_participant.set_attributes({"sip.callStatus": status})

    def freeze(self) -> None:
        """Give no sound any more, also in the middle of a word; the track stays, and whoever listens hears silence."""
        self._note("freezes")
        self._microphone.freeze()

    def thaw(self) -> None:
        """Give sound again, from where it stopped."""
        self._note("thaws")
        self._microphone.thaw()

    def mute(self, *, muted: bool = True) -> None:
        """Mute the microphone, as the room sees it, or no longer."""
        self._note("mutes" if muted else "unmutes")
        (self._microphone.track.mute if muted else self._microphone.track.unmute)()

    async def vanish(self) -> None:
        """Drop off the network without a word, like a phone with a dead battery; what was heard stays there to read.

        livekit-server takes about 20 s to notice.
        """
        self._note("vanishes")
        self._mast.cut()
        await self._seat.leave()

    def _spoken(self) -> Placed:
        return self._microphone.lines
