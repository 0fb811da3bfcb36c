"""How calls end, in real rooms: the last words are heard, the right part of the line goes, and the journal says why."""

from typing import Any

import numpy as np
import pytest

from offhook.models.offline.voice import render
from offhook.testing import Phone

pytestmark = pytest.mark.live

LAST_WORDS = "Thank you for calling the stage and have a very pleasant evening."


def seconds_of(text: str) -> float:
    """How long the offline voice is heard saying this."""
    frame = render(text)
    loud = np.flatnonzero(np.abs(np.frombuffer(frame.data, np.int16).astype(np.int32)) > 200)
    return float(loud[-1] - loud[0]) / frame.sample_rate


async def test_the_last_words_are_heard_and_read_to_their_end_before_the_room_goes(stage: Any, room: str) -> None:
    async with stage.caller(room) as caller:
        await caller.hears(since=caller.joined_at)
        await caller.quiet()
        await caller.type("hang up")
        assert await caller.ended() == "ROOM_DELETED"
        goodbye = caller.heard[-1]
        assert goodbye.ended_at - goodbye.started_at == pytest.approx(seconds_of(LAST_WORDS), abs=0.12)
        assert caller.ended_at - goodbye.ended_at < 0.6
        assert caller.transcript[-1].text == LAST_WORDS
        assert caller.transcript[-1].final
    ended = await stage.over(room)
    assert (ended["reason"], stage.said(room)[-1]) == ("agent_ended", LAST_WORDS)
