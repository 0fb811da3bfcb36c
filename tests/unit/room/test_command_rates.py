"""A viewer that asks too often keeps no operator from a command, and every refusal is counted."""

from pathlib import Path

from tests.unit.room.hostile import CALL, SECRET
from tests.unit.room.receiving import receiving

from offhook.room.commands import BURST
from offhook.tokens import sign_command


def signed(**verb: object) -> str:
    return sign_command(api_secret=SECRET, call=CALL, by="ann", verb=verb)


async def test_too_many_queries_are_refused_and_a_command_is_still_taken(tmp_path: Path) -> None:
    async with receiving(tmp_path) as call:
        receiver = call.receiver()
        for _ in range(int(BURST)):
            await receiver.take(signed(name="state"))
        answers = [await receiver.take(signed(name="state")) for _ in range(int(BURST))]
        assert "too_many" in {answer.get("code") for answer in answers}
        assert (await receiver.take(signed(name="note", text="Still here.")))["status"] == "accepted"
