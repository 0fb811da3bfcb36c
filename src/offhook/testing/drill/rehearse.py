"""Plays one call of an agent with one fault, in virtual time, on the provider sandbox."""

import asyncio
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from unittest import mock

from livekit import rtc
from livekit.agents import AgentServer

from offhook.core.record import Record
from offhook.core.stall import DeadAir
from offhook.line import supervise
from offhook.settings import Settings
from offhook.testing.drill.ears import ToldEars
from offhook.testing.drill.hum import Hum
from offhook.testing.drill.lines import answers
from offhook.testing.drill.person import Person
from offhook.testing.drill.stock import stock_server, unsupervised
from offhook.testing.drill.two_tracks import TwoTracks
from offhook.testing.faults.fault import Fault
from offhook.testing.sandbox.sandbox import KEY as SANDBOX_KEY
from offhook.testing.sandbox.sandbox import Sandbox
from offhook.testing.simulation.agent_file import loaded
from offhook.testing.simulation.caller import ScriptedCaller
from offhook.testing.simulation.cast import playing
from offhook.testing.simulation.edges import KEY, SECRET, URL, environment, replaced
from offhook.testing.simulation.job import Job, JobSpec
from offhook.testing.simulation.notebook import Notebook
from offhook.testing.simulation.people import Person as Participant
from offhook.testing.simulation.result import picture
from offhook.testing.simulation.room import SimulatedRoom
from offhook.testing.simulation.server import SimulatedServer
from offhook.testing.simulation.sounds import Line
from offhook.testing.simulation.utter import Utterer
from offhook.testing.simulation.witness import Witness
from offhook.testing.virtual import run
from offhook.tokens import room_token

__all__ = ["Rehearsal", "Way", "rehearse"]

Way = Literal["ours", "stock"]
_STARTS_AT = 1_767_225_600.0
_CALL = "AJ_drill"
_COMPUTING = ("livekit.local_inference", "livekit.agents.inference", "livekit.plugins.silero", "offhook.models.offline")
_WRAP_UP = 120.0


@dataclass(frozen=True)
class Rehearsal:
    """What happened; seconds of the loop's clock."""

    records: list[Record]
    person: Person
    earpiece: TwoTracks
    line: Line
    began: float
    ended: float
    hung_up: bool
    """Whether it was the caller who ended it."""


def rehearse(agent: str | Path, fault: Fault | None, *, way: Way = "ours") -> Rehearsal:
    """Play the call to its end. The agent's own models are used, led to the sandbox."""
    port = _free_port()
    with environment(replace_models=False, more={**_models(fault), **_addresses(port)}):
        if way == "ours":
            with loaded(agent) as server:
                return run(_played(server, fault, port), grace=0.0, starts_at=_STARTS_AT, inline=_COMPUTING)
        # The package's namespace keeps what it was asked for, also the `supervise` of before.
        namespace = vars(sys.modules["offhook"])
        with mock.patch.object(supervise, "supervise", unsupervised), mock.patch.dict(namespace):
            namespace.pop("supervise", None)
            with loaded(agent) as server:
                return run(
                    _played(stock_server(server), fault, port), grace=0.0, starts_at=_STARTS_AT, inline=_COMPUTING
                )


def _models(fault: Fault | None) -> Mapping[str, str]:
    """The stage that the fault is in, from that provider; whatever the machine has set counts for nothing."""
    service = fault.service if fault is not None else "openai"
    chosen = {"responses": {"OFFHOOK_LLM": "responses"}, "realtime": {"OFFHOOK_REALTIME": "openai"}}.get(service, {})
    names = [str(field.validation_alias) for field in Settings.model_fields.values()]
    unset = {name: "" for name in names if name.startswith("OFFHOOK_") or name.endswith(("_API_KEY", "_BASE_URL"))}
    turns = {} if service == "realtime" else {"OFFHOOK_TURN_DETECTION": "vad"}
    return {**unset, **turns, **chosen}


def _free_port() -> int:
    """An agent file may make its models when it is loaded, before the sandbox runs: the address is needed then."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _addresses(port: int) -> Mapping[str, str]:
    root = f"http://127.0.0.1:{port}"
    return {
        "OFFHOOK_PRESET": "cloud",
        **{f"{name}_API_KEY": SANDBOX_KEY for name in ("DEEPGRAM", "OPENAI", "CARTESIA")},
        **{f"{name}_BASE_URL": root for name in ("DEEPGRAM", "CARTESIA")},
        "OPENAI_BASE_URL": f"{root}/v1",
    }


async def _played(server: AgentServer, fault: Fault | None, port: int) -> Rehearsal:
    ears = ToldEars()
    async with Sandbox(ears=ears, brain=answers, voice=Hum(), port=port) as sandbox:
        if fault is not None:
            fault.install(sandbox)
        return await _Stage(server, ears).play()


class _Stage:
    """The room, the line and the two who are on it."""

    def __init__(self, server: AgentServer, ears: ToldEars) -> None:
        self._server, self._ears = server, ears
        self._room, self._line = SimulatedRoom("drill", f"agent-{_CALL}"), Line()
        self._room.earpiece = self._earpiece = TwoTracks()
        self._notebook = Notebook(self._noted)
        self._witness = Witness(self._notebook, _CALL)
        self.call, self.secret = _CALL, SECRET

    def picture(self) -> str:
        return picture(self._notebook.records)

    def _noted(self, record: Any) -> None:
        if record.name == "Said" and record.body["role"] == "assistant":
            self._room.earpiece.told(str(record.body["text"]))

    async def play(self) -> Rehearsal:
        api = SimulatedServer(self._room)
        with replaced(self._notebook, api, sound=True), playing(None, self._witness.session):
            participant = Participant("caller", self._line, kind=rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD)
            self._room.join(participant)
            caller = ScriptedCaller(self._room, participant, Utterer(sound=True), self)
            person = Person(self._ears, self._earpiece, DeadAir().fillers)
            token = room_token(api_key=KEY, api_secret=SECRET, room="drill", identity=f"agent-{_CALL}", role="caller")
            connected = lambda: self._witness.connected(self._room)  # noqa: E731  # Job's own form
            job = Job(self._server, self._room, JobSpec(_CALL, token, URL), connected=connected)
            running = asyncio.create_task(job.run(), name="job")
            acting = asyncio.create_task(person(caller), name="person")
            await asyncio.wait([acting])
            hung_up = caller.left_at is not None
            ended = caller.left_at or self._room.ended_at or asyncio.get_running_loop().time()
            await self._finish(running)
            acting.result()
        return Rehearsal(self._notebook.records, person, self._earpiece, self._line, caller.joined_at, ended, hung_up)

    async def _finish(self, running: "asyncio.Task[str]") -> None:
        _, late = await asyncio.wait([running], timeout=_WRAP_UP)
        if late:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            self._witness.ended(self._room.closed_by)
        else:
            self._witness.ended(running.result() or self._room.closed_by)
