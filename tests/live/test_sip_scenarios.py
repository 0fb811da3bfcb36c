"""Scenarios of telephone calls with an emulated phone; `make test-sip` runs the same scenarios over SIP and RTP."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.live.conftest import Stage
from tests.sip import scenarios

from offhook.testing import Caller, Phone
from offhook.testing.speech import Samples

pytestmark = pytest.mark.live

AGENT = Path(__file__).parents[1] / "sip" / "agents" / "wire.py"


@dataclass(frozen=True, slots=True)
class EmulatedPlace:
    """Calls by participants of kind SIP in rooms of the server."""

    stage: Stage
    ends: dict[str, str] = field(
        default_factory=lambda: {"agent": "ROOM_DELETED", "leg": "PARTICIPANT_REMOVED", "busy": "ROOM_DELETED"}
    )

    @asynccontextmanager
    async def call(self, dialled: str = "+15550001111", **headers: str) -> AsyncIterator[Caller]:
        named = {f"X-{name}": value for name, value in headers.items()}
        phone = Phone(dialled=dialled, status="ringing", headers=named)
        async with self.stage.caller(f"call-{uuid.uuid4().hex[:8]}", phone=phone) as caller:
            yield caller

    async def room(self, line: scenarios.Line) -> str:
        assert isinstance(line, Caller)
        return line.room

    def carried(self, pcm: Samples) -> Samples:
        return pcm

    async def answered(self, line: scenarios.Line) -> float:
        assert isinstance(line, Caller)
        await line.agent()
        await line.set_sip_status("active")
        return line.joined_at


@pytest.fixture(scope="module")
def place(worker_for: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatedPlace]:
    journal = tmp_path_factory.mktemp("scenarios") / "journal.db"
    with worker_for(AGENT, journal, "wire") as stage:
        yield EmulatedPlace(stage)


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(
            scenarios.the_goodbye_is_heard_to_its_end_and_then_the_phone_is_hung_up,
            marks=pytest.mark.exact,
            id="the_goodbye_is_heard_to_its_end_and_then_the_phone_is_hung_up",
        ),
        scenarios.a_busy_plan_refuses_the_call_and_nothing_is_heard,
        scenarios.keys_reach_the_agent_in_order,
        scenarios.a_caller_who_gives_up_while_it_rings_ends_the_call,
    ],
    ids=lambda scenario: scenario.__name__,
)
async def test_scenario(scenario: Callable[[Any], Awaitable[None]], place: EmulatedPlace) -> None:
    await scenario(place)
