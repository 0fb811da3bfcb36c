"""Who may send which command, on a real server: each combination is tried, and only the right ones are accepted."""

import asyncio
import json
import statistics
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from livekit.agents.voice.remote_session import RemoteSession
from tests.live.intruders import DASHBOARD, DESK, forged, joined, limited, sent_by
from tests.unit.policies.test_commands import EXAMPLES

from offhook.control.api import Api, connect
from offhook.control.rpc import perform_rpc
from offhook.core.commands import COMMANDS, METHOD
from offhook.dev.server import LocalServer
from offhook.testing import Caller
from offhook.tokens import sign_command, with_verb

pytestmark = pytest.mark.live

AGENT = Path(__file__).parent / "agents" / "guarded.py"
KEYS = ", ".join(f"{one.name}:{one.role}:{one.secret.decode()}" for one in (DASHBOARD, DESK))
VERBS = [next(verb for verb in EXAMPLES if verb["name"] == name) for name in COMMANDS]
NOTE = {"name": "note", "text": "An angry caller."}
SAY = {"name": "say", "text": "Hello again."}
AT_ONCE = 20


@pytest.fixture(scope="module")
def desk(
    livekit: LocalServer, worker_on: Callable[..., AbstractContextManager[Any]], tmp_path_factory: Any
) -> Iterator[Any]:
    journal = tmp_path_factory.mktemp("matrix") / "journal.db"
    with worker_on(AGENT, livekit, journal, "guarded", OFFHOOK_COMMAND_KEYS=KEYS) as running:
        yield running


@pytest.fixture
async def server(livekit: LocalServer) -> AsyncIterator[Api]:
    async with connect(url=livekit.url, key=livekit.api_key, secret=livekit.api_secret) as api:
        yield api


class Line:
    """One call, and the server's API to reach it."""

    def __init__(self, server: Api, room: str, agent: str) -> None:
        self.server, self.room, self.agent, self.call = server, room, agent, agent.removeprefix("agent-")
        self._lanes = asyncio.Semaphore(AT_ONCE)

    async def ask(self, payload: str) -> str:
        async with self._lanes:
            where = {"room": self.room, "identity": self.agent, "method": METHOD}
            return await perform_rpc(self.server, **where, payload=payload, repeatable=True)

    async def ask_all(self, payloads: Iterable[str]) -> list[str]:
        return list(await asyncio.gather(*map(self.ask, payloads)))

    def signed(self, verb: Any, **claims: Any) -> str:
        return sign_command(call=self.call, by="ops", verb=verb, **({"api_secret": self.server.secret} | claims))


async def line(server: Api, caller: Caller) -> Line:
    await caller.hears(since=caller.joined_at, timeout=20)
    return Line(server, caller.room, await caller.agent())


def refusal(answer: str) -> str:
    """Check that the answer is one line that reveals nothing; return its code."""
    told = json.loads(answer)
    assert told.keys() == {"status", "code", "text"}
    assert told["status"] == "refused"
    assert answer.isprintable()
    assert len(answer) < 400
    return str(told["code"])


async def test_nobody_without_the_right_key_and_role_commands_a_call(
    desk: Any, server: Api, room: str, livekit: LocalServer
) -> None:
    async with desk.caller(room) as caller:
        call = await line(server, caller)
        payloads = [one for verb in VERBS for one in forged(livekit, verb, call.call).items()]
        answers = await call.ask_all(payload for _, payload in payloads)
        for (what, _), answer in zip(payloads, answers, strict=True):
            assert refusal(answer) == what.partition(":")[0], what
        assert len(set(answers)) == 3, "the refusals of unsigned commands differ"
        rights = [one for verb in VERBS for one in limited(livekit, verb, call.call)]
        answers = await call.ask_all(payload for _, payload in rights)
        assert [refusal(answer) for answer in answers] == [code for code, _ in rights]
        await everybody_is_refused(caller, call, livekit)
        assert not caller.left.is_set()
        await caller.hang_up()
    await desk.over(room)
    assert not desk.bodies(room, "CommandReceived")
    assert 1 <= len(desk.bodies(room, "CommandRefused")) <= 20


async def everybody_is_refused(caller: Caller, call: Line, livekit: LocalServer) -> None:
    """Send each verb, unsigned and forged, as people with different rights in this room and another."""
    payloads = [json.dumps(verb) for verb in VERBS]
    payloads += [forged(livekit, verb, call.call)["unsigned: a guessed secret"] for verb in VERBS]
    async with (
        joined(livekit, call.room, "ops", hidden=True, can_publish_data=True) as hidden,
        joined(livekit, call.room, "listener", can_publish=False, can_publish_data=False) as listener,
        joined(livekit, f"{call.room}-other", "ops", can_publish_data=True) as elsewhere,
    ):
        here = caller._participant.room
        answers = await asyncio.gather(*(sent_by(here, call.agent, payload) for payload in payloads))
        assert {refusal(answer) for answer in answers} == {"malformed", "unsigned"}
        mute = [
            sent_by(person, call.agent, payload, within=1.5)
            for person in (hidden, listener, elsewhere)
            for payload in payloads
        ]
        assert set(await asyncio.gather(*mute)) == {"no answer"}


async def test_every_verb_is_accepted_once_from_who_has_the_right(desk: Any, server: Api, room: str) -> None:
    async with desk.caller(room) as caller:
        call = await line(server, caller)
        for verb in sorted(VERBS, key=lambda verb: verb["name"] == "end"):
            kind = COMMANDS[verb["name"]]
            key = {"viewer": DASHBOARD, "operator": DESK}.get(kind.role)
            token = call.signed(verb, **({"key": key} if key else {}), role=kind.role, verbs=[kind.name])
            first, *again = [json.loads(await call.ask(token)) for _ in range(1 if kind.name == "end" else 2)]
            assert first["status"] in ("accepted", "answered"), first
            assert all(one == first for one in again if first["status"] == "accepted")
        assert await caller.ended() == "ROOM_DELETED"
    await desk.over(room)
    names = sorted(str(body["name"]) for body in desk.bodies(room, "CommandReceived"))
    assert names == sorted(COMMANDS)


async def test_a_token_is_good_once_and_for_one_call_only(desk: Any, server: Api, room: str) -> None:
    async with desk.caller(room) as caller:
        call = await line(server, caller)
        token = call.signed(NOTE)
        assert len(set(await call.ask_all([token] * 5))) == 1
        assert json.loads(await sent_by(caller._participant.room, call.agent, token))["status"] == "accepted"
        async with joined(desk.server, room, "ghost", hidden=True, can_publish_data=True) as hidden:
            await sent_by(hidden, call.agent, call.signed(SAY), within=1.5)  # a hidden person's call arrives unanswered
        await desk.tells(room, "CommandReceived", verb={"text": SAY["text"], "interruptible": True})
        grant = sign_command(api_secret=server.secret, call=call.call, by="ops", verbs=["note", "say"])
        assert json.loads(await call.ask(with_verb(grant, NOTE)))["status"] == "accepted"
        assert refusal(await call.ask(with_verb(grant, SAY))) == "malformed"
        assert refusal(await call.ask(with_verb(grant, {"name": "end"}))) == "forbidden"
        late = call.signed(NOTE)
        await call.ask(call.signed({"name": "end"}))
        await caller.ended()
    await desk.over(room)
    assert [body["name"] for body in desk.bodies(room, "CommandReceived")] == ["note", "say", "note", "end"]
    async with desk.caller(room) as caller:
        successor = await line(server, caller)
        assert successor.call != call.call
        assert refusal(await successor.ask(late)) == "elsewhere"


async def test_the_remote_session_of_livekit_is_closed_for_everybody(desk: Any, server: Api, room: str) -> None:
    async with desk.caller(room) as caller, desk.caller(f"{room}-open", metadata="open") as exposed:
        closed, control = (
            RemoteSession.from_room(caller._participant.room, (await line(server, caller)).agent),
            RemoteSession.from_room(exposed._participant.room, (await line(server, exposed)).agent),
        )
        for session in (closed, control):
            await session.start()
        await control.wait_for_ready(timeout=5)
        with pytest.raises(TimeoutError):
            await closed.wait_for_ready(timeout=1.5)
        for session in (closed, control):
            await session.aclose()


@pytest.mark.exact
async def test_the_time_of_a_refusal_reveals_nothing(desk: Any, server: Api, room: str, livekit: LocalServer) -> None:
    async with desk.caller(room) as caller:
        call = await line(server, caller)
        kinds = [
            ("say", call.call, "desk"),
            ("sya", call.call, "desk"),
            ("say", "AJ_none", "desk"),
            ("say", call.call, "no"),
        ]
        took: dict[tuple[str, str, str], list[float]] = {kind: [] for kind in kinds}
        answers = set[str]()
        for _ in range(40):
            for kind in kinds:
                payload = forged(livekit, {**SAY, "name": kind[0]}, kind[1], key=kind[2])
                began = time.perf_counter()
                answers.add(await call.ask(payload["unsigned: a guessed secret of an own key"]))
                took[kind].append(time.perf_counter() - began)
    medians = [statistics.median(times) for times in took.values()]
    assert len(answers) == 1
    assert max(medians) - min(medians) < max(0.002, 0.25 * min(medians)), medians
