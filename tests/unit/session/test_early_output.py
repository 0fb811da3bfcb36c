"""A track that could not be published early: the session publishes its own, as without offhook."""

import asyncio
from typing import Any

from livekit import rtc
from livekit.agents.voice.room_io import room_io

from offhook.session.outbound.early_output import EarlyOutput, _defaults

ORIGINAL: Any = getattr(room_io, "_ParticipantAudioOutput")  # noqa: B009  # a private name: the contract test counts it


def made_by_room_io(room: rtc.Room) -> Any:
    """The audio output that `RoomIO` makes for a plan without own options."""
    return getattr(room_io, "_ParticipantAudioOutput")(room, **_defaults())  # noqa: B009  # as above


async def test_after_a_failed_publication_the_session_gets_an_output_that_publishes_again() -> None:
    room = rtc.Room()  # not connected: the publication fails
    early = EarlyOutput(room)
    early.publish()
    failed = early._output
    await asyncio.sleep(0)  # the publication runs, and fails at its first step
    await asyncio.sleep(0)
    made = made_by_room_io(room)
    assert type(made) is ORIGINAL
    assert made is not failed
    await early.drop()
    assert getattr(room_io, "_ParticipantAudioOutput") is ORIGINAL  # noqa: B009  # as above
    await made.aclose()


async def test_while_the_publication_runs_the_session_gets_its_output_once() -> None:
    room = rtc.Room()
    early = EarlyOutput(room)
    early.publish()
    waiting = early._output
    made = made_by_room_io(room)
    assert made is waiting
    assert getattr(room_io, "_ParticipantAudioOutput") is ORIGINAL  # noqa: B009  # as above
    await early.drop()  # the session uses the output: nothing is dropped
    await asyncio.gather(early._published or asyncio.sleep(0), return_exceptions=True)
    await made.aclose()
