"""`call.sip` of calls over a real livekit-sip: users with escapes and parameters, headers, and the carrier's check."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from livekit import api
from tests.live.conftest import staged
from tests.sip.conftest import Exchange, Wire

from offhook.testing.sip import SipPhone

pytestmark = pytest.mark.live

AGENT = Path(__file__).parent / "agents" / "facts.py"
MAPPED = "+15550002222"


@pytest.fixture(scope="module")
def called(exchange: Exchange, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Calls this number and returns what the agent has written."""
    every_number = asyncio.run(trunks(exchange))
    folder = tmp_path_factory.mktemp("facts")
    file = folder / "facts.json"

    async def call(number: str, **options: Any) -> dict[str, Any]:
        file.unlink(missing_ok=True)
        async with SipPhone("+15105550100") as phone:
            leg = phone.call(number, exchange.sip.address, **options)
            assert await leg.ended() == "486 Rejected"
        return dict(json.loads(file.read_text(encoding="utf-8")))

    with staged(AGENT, exchange.server, folder / "journal.db", "facts", FACTS_FILE=str(file)) as stage:
        call.stage = stage  # type: ignore[attr-defined]  # for the test with several people
        yield call
    asyncio.run(exchange.delete(every_number))


Called = Callable[..., Awaitable[dict[str, Any]]]


async def trunks(exchange: Exchange) -> str:
    """Create a trunk for all numbers, and one for a number of its own; returns the id of the first."""
    headers = api.SIPHeaderOptions.SIP_ALL_HEADERS
    every_number = await exchange.number("", agent="facts", trunk={"numbers": [], "include_headers": headers})
    none = api.SIPHeaderOptions.SIP_NO_HEADERS
    mapped = {"include_headers": none, "headers_to_attributes": {"X-Role": "role"}}
    await exchange.number(MAPPED, agent="facts", trunk=mapped)
    return every_number


@pytest.mark.parametrize(
    ("dialled", "user", "number"),
    [
        ("sales%40acme", "sales@acme", ""),
        ("+15550003333", "+15550003333", "+15550003333"),
        ("+15550003333;ext=7", "+15550003333", "+15550003333"),
        ("a%2540b", "a%40b", ""),
    ],
)
async def test_the_user_part_of_the_dialled_uri(called: Called, dialled: str, user: str, number: str) -> None:
    early = (await called(dialled))["early"]
    assert (early["direction"], early["dialled"]["raw"]) == ("inbound", dialled)
    assert (early["dialled"]["user"], early["dialled"]["number"]) == (user, number)


async def test_all_headers_give_the_display_name_and_the_check_of_the_number(called: Called) -> None:
    verified = "+15105550100;verstat=TN-Validation-Passed-A"
    known = await called(
        "desk", name="Ada", number_from=verified, headers={"X-Tenant": "acme", "X-Twilio-CallSid": "CA1"}
    )
    early = known["early"]
    assert (early["display_name"], early["headers"]["x-tenant"]) == ("Ada", "acme")
    assert (early["status"], bool(early["trunk"]), bool(early["rule"])) == ("ringing", True, True)
    assert known == {**known, "late": {**early, "headers": known["late"]["headers"]}}
    assert (early["attestation"] or {}).get("result") == "passed"
    assert early["trust"] == "attested"


async def test_headers_come_on_demand_and_a_mapped_header_is_only_an_attribute(called: Called) -> None:
    known = await called(MAPPED, name="Ada", headers={"X-Tenant": "acme", "X-Role": "admin"})
    assert (known["early"]["headers"], known["early"]["display_name"]) == ({}, None)
    assert (known["late"]["headers"]["x-tenant"], known["late"]["display_name"]) == ("acme", "Ada")
    assert known["attributes"]["role"] == "admin"


async def test_a_telephone_and_a_web_participant_are_both_heard_and_answered(called: Any, exchange: Exchange) -> None:
    stage = called.stage
    async with SipPhone("+15105550177") as phone:
        leg = phone.call("meeting", exchange.sip.address)
        await leg.answered()
        room = await Wire(exchange, stage).room(leg)
        await stage.tells(room, "LinePlayed", tag="greeting")
        async with stage.other(room, "berta") as berta:
            await berta.connected()
            asked = await berta.say("what are your opening hours")
            first = await stage.tells(room, "MessageCommitted", role="user", timeout=15)
            answer = await stage.tells(room, "MessageCommitted", role="assistant", after=first.seq)
            assert [sound for sound in leg.heard if sound.started_at > asked.ended_at]
            await leg.say("what are your opening hours")
            own = await stage.tells(room, "MessageCommitted", role="user", after=answer.seq, timeout=15)
            await stage.tells(room, "MessageCommitted", role="assistant", after=own.seq)
    assert str(first.body["text"]).startswith("[berta] ")
    assert not str(own.body["text"]).startswith("[")
