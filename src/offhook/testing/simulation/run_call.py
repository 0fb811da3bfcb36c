"""Runs one simulated call: the job and the scripted caller, until both are done."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from livekit import rtc
from livekit.agents import AgentServer, llm

from offhook.core.errors import OffhookError
from offhook.testing.live.callee import Callee, TransferReply
from offhook.testing.live.phone import Phone
from offhook.testing.simulation.caller import ScriptedCaller
from offhook.testing.simulation.caller_speech import SpeechSource
from offhook.testing.simulation.job import Job, JobSpec
from offhook.testing.simulation.memory_journal import InMemoryJournal
from offhook.testing.simulation.model_replacement import ModelReplacement, Models, replace_models
from offhook.testing.simulation.patches import KEY, SECRET, URL, patched
from offhook.testing.simulation.people import Person
from offhook.testing.simulation.result import SimulatedCall, picture
from offhook.testing.simulation.room import SimulatedRoom
from offhook.testing.simulation.script_view import CallOverError
from offhook.testing.simulation.scripted_llm import Replies, ScriptedLlm
from offhook.testing.simulation.server import SimulatedServer
from offhook.testing.simulation.sounds import Line
from offhook.testing.simulation.stock_recorder import StockRecorder
from offhook.testing.simulation.user_errors import UserErrors
from offhook.tokens import room_token

__all__ = ["CallOptions", "CallRun", "Script"]

Script = Callable[[ScriptedCaller], Awaitable[None]]

_WRAP_UP = 300.0
"""A job must end within this many virtual seconds after the caller has left."""


@dataclass(frozen=True, slots=True)
class CallOptions:
    """Settings of one simulated call."""

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
    model: llm.LLM[Any] | None = None
    callees: Sequence[Callee] = ()
    transfer: TransferReply | None = None


class CallRun:
    """One simulated call; create the object on the event loop that runs the call."""

    call, secret = "AJ_simulated", SECRET

    def __init__(self, server: AgentServer, options: CallOptions) -> None:
        self._server, self._options = server, options
        self._room = SimulatedRoom("simulated", f"agent-{self.call}")
        self._journal = InMemoryJournal(self._on_record)
        self._api = SimulatedServer(self._room, failing=options.failing)
        self._api.sip.transfer = options.transfer or TransferReply(after=0.0)
        self._line = Line()
        self._recorder = StockRecorder(self._journal, self.call)
        self.error: BaseException | None = None
        self.user_errors = UserErrors()

    def _on_record(self, record: Any) -> None:
        if record.name == "MessageCommitted" and record.body["role"] == "assistant":
            self._room.earpiece.add_line(str(record.body["text"]))

    def picture(self) -> str:
        return picture(self._journal.all_records)

    async def run(self, script: Script | None) -> SimulatedCall:
        """Run the call until it ends; an exception of the script is stored in `error`."""
        options, own = self._options, self._options.models == "own"

        def brain(given: object) -> llm.LLM[Any]:
            return options.model or ScriptedLlm(options.replies, under=given, delay=options.thinks)

        replacement = None if own else ModelReplacement(options.models, self._line, brain, told=options.told)
        sound = options.models != "fakes"
        with (
            patched(self._journal, self._api, sound=sound, skip_silence=not own),
            replace_models(replacement, self._recorder.session),
            self.user_errors.listening(),
        ):
            caller = self._caller(SpeechSource(sound))
            job = Job(self._server, self._room, self._spec(), connected=lambda: self._recorder.connected(self._room))
            job_task = asyncio.create_task(job.run(), name="job")
            script_task = asyncio.create_task(self._act(script, caller), name="script")
            await asyncio.wait([job_task, script_task], return_when=asyncio.FIRST_COMPLETED)
            await self._finish(job_task, script_task, caller)
        return self._result(caller)

    def _caller(self, speech: SpeechSource) -> ScriptedCaller:
        phone, options = self._options.phone, self._options
        kinds = rtc.ParticipantKind
        person = Person(
            options.caller,
            self._line,
            name=options.name,
            kind=kinds.PARTICIPANT_KIND_SIP if phone else kinds.PARTICIPANT_KIND_STANDARD,
            attributes=phone.attributes() if phone else None,
        )
        if phone:
            self._room.answers["lk.sip.GetRemoteHeaders"] = lambda _: phone.headers_reply()
        caller = ScriptedCaller(self._room, person, speech, self)
        sip = self._api.sip
        sip.callees = options.callees
        if self._outbound:  # the caller joins later, when the agent dials
            sip.line, sip.joined = self._line, caller.is_dialled
        else:
            self._room.join(person)
        return caller

    @property
    def _outbound(self) -> bool:
        """True if the agent dials the scripted caller."""
        return bool(self._options.callees) and self._options.phone is None

    def _spec(self) -> JobSpec:
        identity = f"agent-{self.call}"
        token = room_token(api_key=KEY, api_secret=SECRET, room=self._room.name, identity=identity, role="caller")
        return JobSpec(self.call, token, URL, self._options.metadata)

    async def _act(self, script: Script | None, caller: ScriptedCaller) -> None:
        if self._outbound and not await self._answered():
            return
        try:
            if script is not None:
                await script(caller)
            await caller.silent(self._options.stays)
        except Exception as error:  # noqa: BLE001  # a test's script may raise anything; the error is raised after the call
            self.error = error
        await caller.hangs_up()

    async def _answered(self) -> bool:
        """Wait until the dialled phone answers; return False if the call ends without an answer."""
        waits = [
            asyncio.create_task(event.wait(), name="answer") for event in (self._api.sip.answered, self._room.over)
        ]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        return self._api.sip.answered.is_set()

    async def _finish(
        self, job_task: "asyncio.Task[str]", script_task: "asyncio.Task[None]", caller: ScriptedCaller
    ) -> None:
        _, late = await asyncio.wait([job_task, script_task], timeout=_WRAP_UP)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        if job_task in late:
            self.error = self.error or OffhookError(
                f"the job did not end within {_WRAP_UP:g} s after the caller left; look for a wait without a timeout"
            )
        elif script_task in late:
            self.error = self.error or CallOverError("the script did not end with the call; shorten its waits")
        if job_task.done() and not job_task.cancelled():
            self._recorder.ended(job_task.result() or self._room.closed_by)
        caller.left_at = caller.left_at or asyncio.get_running_loop().time()

    def _result(self, caller: ScriptedCaller) -> SimulatedCall:
        ends = min(caller.left_at or 0.0, self._room.ended_at or 1e12)
        sounds = [(one.began, one.ends) for one in self._line.sounds if one.voice]
        sounds += [(began, ended) for began, ended in self._room.earpiece.sound if began < ends]
        zero = caller.joined_at
        return SimulatedCall(
            records=self._journal.all_records,
            seconds=round(ends - zero, 3),
            keys=tuple(self._room.keys),
            asked=tuple(self._api.asked),
            errors=self.user_errors.lines,
            supervised=self._journal.opened,
            sounds=tuple(sorted((began - zero, min(ended, ends) - zero) for began, ended in sounds)),
        )
