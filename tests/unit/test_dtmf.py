"""Keys go to the phones in the room, one after another. The room is LiveKit's edge."""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest
from livekit import rtc

from offhook.core.errors import OffhookError, UnsupportedError
from offhook.room.dtmf import send_keys
from offhook.testing import virtual

PHONE = rtc.ParticipantKind.PARTICIPANT_KIND_SIP
WEB = rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD


class Keypad:
    """The local participant: it records the keys with their times, and can fail at one of them."""

    def __init__(self, fails_at: int = 99) -> None:
        self.sent: list[tuple[int, str, float]] = []
        self._fails_at = fails_at

    async def publish_dtmf(self, *, code: int, digit: str) -> None:
        import asyncio

        if len(self.sent) == self._fails_at:
            raise RuntimeError("not connected")
        self.sent.append((code, digit, round(asyncio.get_running_loop().time() % 1000, 2)))


def sends(keys: str, keypad: Keypad, kinds: Iterable[Any] = (PHONE,)) -> str:
    others = {str(place): SimpleNamespace(kind=kind) for place, kind in enumerate(kinds)}
    room: Any = SimpleNamespace(local_participant=keypad, remote_participants=others)
    return virtual.run(send_keys(room, keys), grace=0.0)


def test_every_key_has_its_code_and_a_letter_may_be_small() -> None:
    keypad = Keypad()
    assert sends("0123456789*#ABcd", keypad) == "16 keys sent"
    assert [(code, key) for code, key, _ in keypad.sent] == list(enumerate("0123456789*#ABCD"))


def test_a_pause_takes_half_a_second_and_is_no_key() -> None:
    keypad = Keypad()
    assert sends("1w,2", keypad) == "2 keys sent"
    first, second = (at for *_, at in keypad.sent)
    assert second - first == pytest.approx(1.3)


@pytest.mark.parametrize("keys", ["", "x", "1 2", "ww", "1" * 65, "E"])
def test_other_characters_are_refused_and_no_key_is_sent(keys: str) -> None:
    keypad = Keypad()
    with pytest.raises(OffhookError):
        sends(keys, keypad)
    assert keypad.sent == []


def test_without_a_phone_no_key_is_sent() -> None:
    keypad = Keypad()
    with pytest.raises(UnsupportedError, match="no phone is in the room"):
        sends("1", keypad, [WEB])
    assert keypad.sent == []


def test_a_failure_says_how_many_keys_were_sent() -> None:
    with pytest.raises(OffhookError, match="2 of 3 keys sent, then: not connected"):
        sends("123", Keypad(fails_at=2))
