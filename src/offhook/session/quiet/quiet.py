"""Makes the agent quiet during a call, and lets the agent answer again."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Literal

from livekit import rtc
from livekit.agents import AgentSession, llm

from offhook.core.errors import OffhookError, UnsupportedError
from offhook.core.facts import (
    AgentHandoff,
    CallerLeft,
    EndCancelled,
    Ended,
    EndRequested,
    Fact,
    QuietChanged,
    SessionClosed,
    SpeechCreated,
)
from offhook.session.background import run_in_background
from offhook.session.context.editor import ContextEditor
from offhook.session.inbound.answer_evidence import AnswerEvidence, llm_of
from offhook.session.quiet.answer_gate import AnswerGate
from offhook.session.quiet.hold_music import HoldMusic
from offhook.session.quiet.input_switch import InputSwitch, must_not_hear
from offhook.session.quiet.memory import Memory

__all__ = ["LONGEST", "Quiet", "QuietMode", "room_of"]

log = logging.getLogger("offhook")

QuietMode = Literal["mute", "hold", "takeover"]
LONGEST = 1800.0
"""Seconds after which a quiet agent answers again, so that a caller is never left without an answer."""
_DEAF = "the Realtime model hears nothing meanwhile, because it cannot listen without answering"
_NO_ROOM = "there is no room, so nobody can be put on hold and nobody can take over; use mode 'mute'"
_DUPLEX = "a duplex model listens and speaks by itself and cannot be made quiet; hand the call to another agent first"


class Quiet:
    """The quiet mode of one call. A quiet agent gives no answers until `end` is called, but for 30 minutes at most."""

    def __init__(
        self,
        session: AgentSession[Any],
        room: Callable[[], rtc.Room | None],
        post: Callable[[Fact], None],
        *,
        evidence: AnswerEvidence,
        context: ContextEditor,
        caller: Callable[[], str],
        longest: float = LONGEST,
    ) -> None:
        self._session, self._room, self._post = session, room, post
        self._gate = AnswerGate(session, evidence)
        self._input = InputSwitch(session)
        self._memory = Memory(session, post, context, caller=caller)
        self._music = HoldMusic()
        self._longest = longest
        self._mode: QuietMode | None = None
        self._remembers = True
        self._ending = self._returning = False
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def mode(self) -> QuietMode | None:
        """The mode in which the agent is quiet; None if the agent answers."""
        return self._mode

    async def begin(self, mode: QuietMode, *, context: bool = True, by: str = "code") -> str:
        """Make the agent quiet. Return a note about the result, or "".

        With `context`, the words that are spoken while the agent is quiet go into the chat context. If the model or the
        call does not support the mode, raises `UnsupportedError` and changes nothing.
        """
        if self._mode is not None:
            return f"already quiet ({self._mode})"
        room = self._check(mode)
        self._mode, self._remembers, self._returning = mode, context, False
        detail = self._apply_input(self._memory.begin(room if mode == "takeover" else None, keep=context))
        self._post(QuietChanged(mode, by=by, detail=detail))
        self._input.pause_away()
        self._timer = asyncio.get_running_loop().call_later(self._longest, self._expire)
        await self._gate.ended(self._gate.close())
        if mode == "hold" and self._mode is not None and room is not None:
            await self._play_music(room)
        return detail

    async def end(self, *, by: str = "code") -> str:
        """Let the agent answer again. The agent says nothing until the caller speaks. Return a note about the result,
        or "".
        """
        if self._mode is None or self._returning:
            return "the agent was not quiet"
        return await self._come_back(by=by)

    def notice(self, fact: Fact) -> None:
        """Make a new agent quiet too. When the call ends, end the quiet mode, so that the goodbye is played."""
        match fact:
            case SpeechCreated(id=speech):
                self._gate.scheduled(speech)
            case AgentHandoff() if self._mode is not None:
                self._gate.wrap(self._session.current_agent)
                self._memory.take_over(self._session.current_agent)
                self._apply_input("")
            case EndRequested() | CallerLeft():
                self._ending = True
                if self._mode is not None:
                    self._reopen("offhook", "the call is ending")
                    self._own(self._come_back(by="offhook"), "quiet end")
            case EndCancelled():
                self._ending = False
            case SessionClosed() | Ended():
                self._ending = True
                self._reopen("offhook", "the session is closed")
                self._own(self._music.close(), "quiet end")
                self._own(self._memory.drop(), "quiet end")

    def _check(self, mode: QuietMode) -> rtc.Room | None:
        """Return the room of the session. If the agent cannot be made quiet, raise an error that says why."""
        if self._ending:
            raise OffhookError("the call is ending, so the agent is not made quiet")
        if self._session.agent_state == "initializing":
            raise OffhookError("the session has not started; make the agent quiet after its start")
        if isinstance(llm_of(self._session), llm.DuplexRealtimeAdapter):
            raise UnsupportedError(_DUPLEX)
        room = self._room()
        if room is None and mode != "mute":
            raise UnsupportedError(_NO_ROOM)
        return room

    def _apply_input(self, detail: str) -> str:
        """Switch the audio input on or off, as the mode and the current model require. Return `detail`, with a note
        added if the Realtime model gets no audio in this mode.
        """
        deaf = must_not_hear(self._session, context=self._remembers)
        self._input.set(heard=not deaf and self._mode != "hold")
        return "; ".join(text for text in (detail, _DEAF if deaf and self._mode != "hold" else "") if text)

    async def _play_music(self, room: rtc.Room) -> None:
        try:
            await self._music.start(room)
        except Exception as error:
            await self._come_back(by="offhook", detail="the hold music could not be played")
            raise OffhookError(f"the hold music could not be played: {error!r}; the agent is not quiet") from error
        if self._mode is None:
            await self._music.stop()  # the quiet mode ended while the music's track was being published

    async def _come_back(self, *, by: str, detail: str = "") -> str:
        """Stop the music, tell the model what was said, and open the answer gate. The gate opens even after an error in
        the other steps.
        """
        self._returning = True
        try:
            await self._music.stop()
            problem = await self._memory.tell(by=by)
        finally:
            self._reopen(by, detail)
        self._own(self._memory.tell_rest(by=by), "last words of a takeover")
        return problem

    def _reopen(self, by: str, detail: str) -> None:
        """Open the answer gate, and let the session hear the caller. Does nothing if the agent is not quiet."""
        if self._mode is None:
            return
        self._mode = None
        if self._timer is not None:
            self._timer.cancel()
        self._gate.open()
        self._input.set(heard=True)
        self._input.resume_away()
        self._post(QuietChanged("", by=by, detail=detail))

    def _expire(self) -> None:
        if not self._returning:
            detail = f"after the maximum of {self._longest:g} s"
            self._own(self._come_back(by="offhook", detail=detail), "quiet end")

    def _own(self, work: Coroutine[Any, Any, Any], name: str) -> None:
        run_in_background(work, name, tasks=self._tasks, post=self._post)


def room_of(session: AgentSession[Any]) -> rtc.Room | None:
    """Return the room in which the session was started; None for a session without a room, as in LiveKit's console
    mode.
    """
    try:
        return session.room_io.room
    except RuntimeError:
        return None
