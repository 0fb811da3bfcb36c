"""One sender and one id have one effect and one answer, whatever is sent at the same time."""

import asyncio
import tempfile
import time
from pathlib import Path

import jwt
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.examples import examples
from tests.unit.room.hostile import CALL, KEYS, SECRET
from tests.unit.room.receiving import Receiving, receiving

from offhook.core.commands import parse_command
from offhook.room.commands import Answer, CommandReceiver
from offhook.tokens import sign_command, with_verb

NAMES = st.sampled_from(["ann", "bob", "bob-1"])
IDS = st.sampled_from(["a", "b", "a-1", "a-2", "b-1", "x" * 100])
SENT = st.lists(st.tuples(NAMES, IDS, st.integers(1, 3)), min_size=1, max_size=12)


def note(by: str, command_id: str, text: str = "") -> str:
    verb = {"name": "note", "text": text or f"{by} {command_id}"}
    return sign_command(api_secret=SECRET, call=CALL, by=by, id=command_id, verb=verb)


@settings(max_examples=examples(40), derandomize=True)
@given(SENT)
def test_the_same_sender_and_id_have_one_effect_and_one_answer(sent: list[tuple[str, str, int]]) -> None:
    async def play() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with receiving(Path(folder)) as call:
                receiver = call.receiver()
                senders = [(by, command_id) for by, command_id, times in sent for _ in range(times)]
                answers = await asyncio.gather(*(receiver.take(note(*one)) for one in senders))
                check(call, senders, answers)

    asyncio.run(play())


def check(call: Receiving, senders: list[tuple[str, str]], answers: list[Answer]) -> None:
    """Check that each sender's id has its own effect, its own answer and its own results."""
    answer_of: dict[tuple[str, str], Answer] = {}
    for one, answer in zip(senders, answers, strict=True):
        assert answer["status"] == "accepted"
        assert answer_of.setdefault(one, answer) == answer
    ids = [str(answer["id"]) for answer in answer_of.values()]
    assert len(set(ids)) == len(ids), "two commands have the same results"
    assert sorted(ids) == sorted(one.id for one in call.received)
    assert {(one.by, one.id) for one in call.received} == {(by, a["id"]) for (by, _), a in answer_of.items()}
    for command_id in ids:
        parse_command({"name": "result", "command": command_id})


async def test_an_id_with_another_command_is_refused_and_keeps_its_answer(tmp_path: Path) -> None:
    async with receiving(tmp_path) as call:
        receiver = call.receiver()
        first = await receiver.take(note("ann", "a", "One."))
        assert (await receiver.take(note("ann", "a", "Two.")))["code"] == "malformed"
        assert await receiver.take(note("ann", "a", "One.")) == first
        assert [one.verb.words() for one in call.received] == ["note text=One."]


async def test_a_refused_command_leaves_its_id_free(tmp_path: Path) -> None:
    now = time.time()
    claims = {"aud": CALL, "sub": "ann", "jti": "a", "verb": {"name": "note", "text": "Late."}}
    wrong = [
        jwt.encode(claims | {"iat": now - 90, "exp": now - 60}, KEYS[""].secret),
        jwt.encode(claims | {"iat": now, "exp": now + 30, "role": "viewer"}, KEYS[""].secret),
        jwt.encode(claims | {"iat": now, "exp": now + 30, "verb": {"name": "note"}}, KEYS[""].secret),
    ]
    async with receiving(tmp_path) as call:
        receiver = call.receiver()
        assert [(await receiver.take(one))["code"] for one in wrong] == ["expired", "forbidden", "malformed"]
        assert (await receiver.take(note("ann", "a"))) == {"status": "accepted", "id": "a"}


async def test_an_id_is_still_known_when_its_token_has_expired(tmp_path: Path) -> None:
    now = time.time()
    claims = {"aud": CALL, "sub": "ann", "jti": "a", "verb": {"name": "note", "text": "Once."}}
    fresh, expired = (jwt.encode(claims | {"iat": at, "exp": at + 1}, KEYS[""].secret) for at in (now, now - 60))
    async with receiving(tmp_path) as call:
        receiver = call.receiver()
        first = await receiver.take(fresh)
        assert (await receiver.take(expired))["code"] == "expired"
        assert await receiver.take(note("ann", "a", "Once.")) == first
        assert len(call.received) == 1


async def test_a_grant_is_good_for_one_command(tmp_path: Path) -> None:
    grant = sign_command(api_secret=SECRET, call=CALL, by="ann", verbs=["note", "say"])
    async with receiving(tmp_path) as call:
        receiver = call.receiver()
        used = await receiver.take(with_verb(grant, {"name": "note", "text": "One."}))
        assert used["status"] == "accepted"
        assert (await receiver.take(with_verb(grant, {"name": "say", "text": "Two."})))["code"] == "malformed"
        assert len(call.received) == 1


async def cancelled(receiver: CommandReceiver, payload: str) -> None:
    """Give up a command while the call writes it to the journal, as LiveKit does at the sender's deadline."""
    taking = asyncio.create_task(receiver.take(payload), name="take")
    await asyncio.sleep(0)
    taking.cancel()
    await asyncio.wait([taking])
    assert taking.cancelled()


async def test_a_command_that_is_given_up_while_it_is_written_is_carried_out_once(tmp_path: Path) -> None:
    async with receiving(tmp_path) as call:
        receiver = call.receiver()
        await cancelled(receiver, note("ann", "a"))
        assert (await receiver.take(note("ann", "a"))) == {"status": "accepted", "id": "a"}
        assert [one.id for one in call.received] == ["a"]
