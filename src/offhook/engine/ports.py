"""The ports of one call: through these ports, the supervisor's decisions act on the session, the phone and the room."""

import asyncio
import logging

from offhook.core.decisions import Ask, HangUp, MarkAway, PausePlayout, PlaceCall, ResumePlayout, Say
from offhook.core.errors import UnsupportedError
from offhook.core.facts import ActionDone, DialResult, HangUpDone, LinePlayed
from offhook.core.ports import Action, Actions, DialPort, HangUpPort, PlayoutPort, Voice
from offhook.engine.user_code import cancelled_by_us

__all__ = ["Ports"]

log = logging.getLogger("offhook")


class Ports:
    """Each method carries out one decision. Each async method returns the result as a fact. A failure is in the fact,
    and not raised.

    A port that is None does not exist yet: for example, there are no `actions` before the session.
    """

    def __init__(self, line: HangUpPort, voice: Voice) -> None:
        self.line = line
        self.voice = voice
        self.actions: Actions | None = None
        self.playout: PlayoutPort | None = None
        self.dialler: DialPort | None = None

    def change(self, decision: MarkAway | PausePlayout | ResumePlayout) -> None:
        """Carry out a decision that takes no time and has no result."""
        if isinstance(decision, MarkAway):
            self.voice.mark_away(decision)
        elif self.playout is not None:
            (self.playout.pause if isinstance(decision, PausePlayout) else self.playout.resume)()

    async def speak(self, decision: Say | Ask) -> LinePlayed:
        """Let the agent speak, and wait until the playout has finished."""
        try:
            interrupted = await (self.voice.say(decision) if isinstance(decision, Say) else self.voice.ask(decision))
        except (Exception, asyncio.CancelledError) as error:  # a model may raise anything; the policies handle this
            if cancelled_by_us(error):
                raise
            log.warning("a line could not be played", extra={"tag": decision.tag, "error": repr(error)})
            return LinePlayed(decision.tag, error=_described(error))
        return LinePlayed(decision.tag, interrupted=interrupted)

    async def act(self, decision: Action) -> ActionDone:
        """Carry out a decision that changes the running call."""
        if self.actions is None:
            return ActionDone(decision.tag, error="there is no session yet")
        try:
            return ActionDone(decision.tag, detail=await self.actions.act(decision))
        except UnsupportedError as error:
            return ActionDone(decision.tag, error=_described(error))
        except (Exception, asyncio.CancelledError) as error:  # a user's function may raise anything
            if cancelled_by_us(error):
                raise
            log.exception("an action failed", extra={"tag": decision.tag})
            return ActionDone(decision.tag, error=_described(error))

    async def dial(self, decision: PlaceCall) -> DialResult:
        """Dial the plan's phone number once."""
        try:
            assert self.dialler is not None, "this call has no phone to dial"
            return await self.dialler.place(decision.attempt)
        except Exception as error:  # without a `DialResult` the call would wait for ever
            log.exception("dialling failed")
            return DialResult("failed", text=repr(error)[:500], attempt=decision.attempt)

    async def hang_up(self, decision: HangUp) -> HangUpDone:
        """Hang up: only the agent leaves, the caller is removed too, or the room is closed (`decision.scope`)."""
        try:
            return await self.line.hang_up(decision)
        except (Exception, asyncio.CancelledError) as error:  # without a `HangUpDone` the call would never end
            if cancelled_by_us(error):
                raise
            log.exception("the call could not be hung up", extra={"scope": decision.scope})
            return HangUpDone(decision.scope, left_open=repr(error)[:500])


def _described(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:500]
