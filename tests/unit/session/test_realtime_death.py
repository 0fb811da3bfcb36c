"""A Realtime model that fails ends the call with an announced apology."""

import asyncio
from typing import Any

import pytest

from offhook.core.ending import Ending
from offhook.testing.sandbox import Disconnect, Event, Refusal, Request
from offhook.testing.sandbox.hook import Hook

from .provided import QUICK, REALTIME, Desk, desk, play


def dying(url: str) -> Any:
    return REALTIME(url, conn_options=QUICK)


class Closed(Hook):
    """Hook that refuses every connection."""

    status = 401

    async def before_answer(self, request: Request) -> Refusal | None:
        return Refusal(self.status) if request.how == "connect" else None


class Dropped(Hook):
    """Hook that disconnects at the first answer, and refuses later connections as overloaded."""

    cut = False

    async def before_answer(self, request: Request) -> Refusal | None:
        return Refusal(503) if self.cut and request.how == "connect" else None

    async def before_event(self, event: Event) -> str | bytes | None:
        if event.kind == "response.created":
            self.cut = True
            raise Disconnect
        return event.payload


@pytest.mark.parametrize("hook", [Closed, Dropped])
def test_a_call_whose_realtime_model_dies_is_ended_in_another_voice(edge: Any, hook: type[Hook]) -> None:
    async def scene(now: Desk) -> None:
        now.session.generate_reply(instructions="Greet.")
        async with asyncio.timeout(20):
            ended = await now.ended
        assert (ended.reason, ended.detail.startswith("the realtime model failed: ")) == ("error", True)

    play(scene, desk(), edge=edge, make=dying, hook=hook)
    said = [what.text for _, what in edge.done if hasattr(what, "text")]
    assert said == [Ending().apology]
    assert [record.name for record in edge.records].count("HangUpDone") == 1
