"""Plays one call: the job on one side, the scripted caller on the other, until both are done."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from livekit import rtc
from livekit.agents import AgentServer

from offhook.core.errors import OffhookError
from offhook.testing.phone import Phone
from offhook.testing.simulation.brain import Replies
from offhook.testing.simulation.caller import ScriptedCaller
from offhook.testing.simulation.cast import Cast, Models, playing
from offhook.testing.simulation.edges import KEY, SECRET, URL, replaced
from offhook.testing.simulation.job import Job, JobSpec
from offhook.testing.simulation.notebook import Notebook
from offhook.testing.simulation.people import Person
from offhook.testing.simulation.result import SimulatedCall, picture
from offhook.testing.simulation.room import SimulatedRoom
from offhook.testing.simulation.server import SimulatedServer
from offhook.testing.simulation.sounds import Line
from offhook.testing.simulation.told import CallOverError
from offhook.testing.simulation.utter import Utterer
from offhook.testing.simulation.witness import Witness
from offhook.tokens import room_token

__all__ = ["Play", "Script", "Wanted"]

Script = Callable[[ScriptedCaller], Awaitable[None]]

_WRAP_UP = 300.0
"""Virtual seconds that a job may take to end once its caller is gone."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a call shall be played."""

    models: Models = "fakes"
    told: bool = True
    replies: Replies = field(default_factory=dict)
    phone: Phone | None = None
    caller: str = "caller"
    name: str = ""
    metadata: str = ""
    stays: float = 120.0
    thinks: float = 0.3
    failing: int = 0


class Play:
    """One call; make it on the loop that shall play it."""

    call, secret = "AJ_simulated", SECRET

    def __init__(self, server: AgentServer, wanted: Wanted) -> None:
        self._server, self._wanted = server, wanted
        self._room = SimulatedRoom("simulated", f"agent-{self.call}")
        self._notebook = Notebook(self._noted)
        self._api = SimulatedServer(self._room, failing=wanted.failing)
        self._line = Line()
        self._witness = Witness(self._notebook, self.call)
        self.error: BaseException | None = None

    def _noted(self, record: Any) -> None:
        if record.name == "Said" and record.body["role"] == "assistant":
            self._room.earpiece.told(str(record.body["text"]))

    def picture(self) -> str:
        return picture(self._notebook.records)

    async def play(self, script: Script | None) -> SimulatedCall:
        """Play it to its end; what the script raised is in `error`."""
        wanted, own = self._wanted, self._wanted.models == "own"
        cast = None if own else Cast(wanted.models, self._line, wanted.replies, told=wanted.told, thinks=wanted.thinks)
        sound = wanted.models != "fakes"
        with replaced(self._notebook, self._api, sound=sound, sparing=not own), playing(cast, self._witness.session):
            caller = self._caller(Utterer(sound))
            job = Job(self._server, self._room, self._spec(), connected=lambda: self._witness.connected(self._room))
            running = asyncio.create_task(job.run(), name="job")
            acting = asyncio.create_task(self._act(script, caller), name="script")
            await asyncio.wait([running, acting], return_when=asyncio.FIRST_COMPLETED)
            await self._finish(running, acting, caller)
        return self._result(caller)

    def _caller(self, utterer: Utterer) -> ScriptedCaller:
        phone, wanted = self._wanted.phone, self._wanted
        kinds = rtc.ParticipantKind
        person = Person(
            wanted.caller,
            self._line,
            name=wanted.name,
            kind=kinds.PARTICIPANT_KIND_SIP if phone else kinds.PARTICIPANT_KIND_STANDARD,
            attributes=phone.attributes() if phone else None,
        )
        self._room.join(person)
        return ScriptedCaller(self._room, person, utterer, self)

    def _spec(self) -> JobSpec:
        identity = f"agent-{self.call}"
        token = room_token(api_key=KEY, api_secret=SECRET, room=self._room.name, identity=identity, role="caller")
        return JobSpec(self.call, token, URL, self._wanted.metadata)

    async def _act(self, script: Script | None, caller: ScriptedCaller) -> None:
        try:
            if script is not None:
                await script(caller)
            await caller.silent(self._wanted.stays)
        except Exception as error:  # noqa: BLE001  # a test's script may raise anything; it is raised when the call is over
            self.error = error
        await caller.hangs_up()

    async def _finish(self, running: "asyncio.Task[str]", acting: "asyncio.Task[None]", caller: ScriptedCaller) -> None:
        _, late = await asyncio.wait([running, acting], timeout=_WRAP_UP)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        if running in late:
            self.error = self.error or OffhookError(
                f"the job did not end within {_WRAP_UP:g} s after its caller was gone; look for a wait without a limit"
            )
        elif acting in late:
            self.error = self.error or CallOverError("the script did not end with the call; end it, or wait less")
        if running.done() and not running.cancelled():
            self._witness.ended(running.result() or self._room.closed_by)
        caller.left_at = caller.left_at or asyncio.get_running_loop().time()

    def _result(self, caller: ScriptedCaller) -> SimulatedCall:
        ends = min(caller.left_at or 0.0, self._room.ended_at or 1e12)
        sounds = [(one.began, one.ends) for one in self._line.sounds if one.voice]
        sounds += [(began, ended) for began, ended in self._room.earpiece.sound if began < ends]
        zero = caller.joined_at
        return SimulatedCall(
            records=self._notebook.records,
            seconds=round(ends - zero, 3),
            keys=tuple(self._room.keys),
            asked=tuple(self._api.asked),
            sounds=tuple(sorted((began - zero, min(ended, ends) - zero) for began, ended in sounds)),
        )
