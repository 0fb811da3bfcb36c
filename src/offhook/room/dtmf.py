"""Sends phone keys (DTMF) to the phones in the room."""

import asyncio

from livekit import rtc

from offhook.core.errors import OffhookError, UnsupportedError

__all__ = ["LONGEST", "send_keys"]

LONGEST = 64
PAUSE = 0.5
"""Seconds of the pause that a `w` or a comma means, as in LiveKit's own dial strings."""
SPACING = 0.3
"""Seconds from one key to the next, as in LiveKit's own DTMF tool. A phone system can miss faster keys."""

_CODES = {key: code for code, key in enumerate("0123456789*#ABCD")}
_PAUSES = "w,"


async def send_keys(room: rtc.Room, keys: str) -> str:
    """Send the keys one after another. Return in words how many keys were sent.

    LiveKit's server sends each key to every phone in the room. Raises `UnsupportedError` if there is no phone, and
    `OffhookError` if `keys` is not valid or a key could not be sent.
    """
    pressed = [key if key in _PAUSES else key.upper() for key in keys]
    if not 1 <= len(pressed) <= LONGEST or not set(pressed) <= _CODES.keys() | set(_PAUSES):
        raise OffhookError(f"give 1 to {LONGEST} keys of 0-9, *, #, A-D, and w or a comma for a pause of {PAUSE:g} s")
    count = sum(key in _CODES for key in pressed)
    if not count:
        raise OffhookError("there is no key between the pauses")
    phone = rtc.ParticipantKind.PARTICIPANT_KIND_SIP
    if not any(participant.kind == phone for participant in room.remote_participants.values()):
        raise UnsupportedError("no phone is in the room, and only phones receive keys; send a message instead")
    sent = 0
    for place, key in enumerate(pressed):
        if key in _CODES:
            await _publish(room.local_participant, key, sent=sent, count=count)
            sent += 1
        if place + 1 < len(pressed):
            await asyncio.sleep(PAUSE if key in _PAUSES else SPACING)
    return f"{sent} key{'s' if sent > 1 else ''} sent"


async def _publish(participant: rtc.LocalParticipant, key: str, *, sent: int, count: int) -> None:
    try:
        await participant.publish_dtmf(code=_CODES[key], digit=key)
    except Exception as error:  # livekit-rtc raises its own errors without a common class
        raise OffhookError(f"{sent} of {count} keys sent, then: {error}") from error
