"""The handle on a call that is going on: what tools and code use to end it, change it, or call the caller away."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal
from weakref import WeakKeyDictionary

from livekit.agents import AgentSession, RunContext
from livekit.agents.voice import SpeechHandle

from offhook.core.call import Call
from offhook.core.ending import Scope
from offhook.core.errors import OffhookError
from offhook.core.facts import AwayWanted, EndWanted, Fact, PauseChanged, SilenceChanged
from offhook.core.ladder import Silence
from offhook.session.context import Memory
from offhook.session.handlers import Handler, Handlers
from offhook.session.node import Node
from offhook.session.realtime import Outcome, Role
from offhook.session.speak import NEVER

__all__ = ["OngoingCall", "call_of"]


class OngoingCall:
    """A running call. Every method may be called from tools, event handlers and other code of the job."""

    def __init__(
        self,
        session: AgentSession[Any],
        post: Callable[[Fact], None],
        who: Callable[[], Call],
        *,
        silence: Silence | None = None,
        handlers: Handlers | None = None,
    ) -> None:
        self.session = session
        self._ladder = silence
        self._post = post
        self._who = who
        self._memory = Memory(session, post)
        self.node = Node(session, post)
        self._handlers = handlers or Handlers(post)
        self._handlers.call = self
        _CALLS[session] = self

    @property
    def call(self) -> Call:
        """Who calls whom. Raises `OffhookError` before the caller is there."""
        return self._who()

    def end(
        self, goodbye: str | None = None, *, scope: Scope | None = None, by: str = "code", detail: str = ""
    ) -> None:
        """End the call: the goodbye is heard to its end, then the line is closed. Safe to call more than once."""
        self._post(EndWanted("agent_ended", goodbye=goodbye or "", scope=scope, by=by, detail=detail))

    def away(self, away: bool = True, *, by: str = "code") -> None:
        """Call the caller away, or back; `user_state_changed` handlers see it at the next moment both are silent."""
        self._post(AwayWanted(away, by=by))

    def away_after(self, seconds: float | None) -> None:
        """Change LiveKit's own away time-out in mid-call; None switches it off."""
        options = self.session.options
        options.user_away_timeout = NEVER if seconds is None else seconds
        self.session.reset_away_timer()
        options.user_away_timeout = seconds

    def silence(self, ladder: Silence | None, *, by: str = "code") -> None:
        """Use another silence ladder from now on; None: none."""
        self._ladder = ladder
        self._post(SilenceChanged(ladder, by=by))

    @contextmanager
    def silence_while(self, ladder: Silence | None, *, by: str = "code") -> Iterator[None]:
        """Use another silence ladder until the block ends, while a form is filled for example; None: none."""
        before = self._ladder
        self.silence(ladder, by=by)
        try:
            yield
        finally:
            self.silence(before, by=by)

    def pause(self, why: Literal["hold", "transfer", "amd", "code"] = "hold", *, by: str = "code") -> None:
        """Expect silence from now on: the ladder waits until `resume` with the same `why`, or its cap (300 s)."""
        self._post(PauseChanged(why, paused=True, by=by))

    def resume(self, why: Literal["hold", "transfer", "amd", "code"] = "hold", *, by: str = "code") -> None:
        """Silence counts again."""
        self._post(PauseChanged(why, paused=False, by=by))

    def on(self, fact: type[Fact], handler: Handler) -> None:
        """Call the handler with each fact of this kind and this call, in order; it may be sync or async.

        What it raises is told (`HandlerFailed`) and stops nothing; one that takes over 10 s is given up.
        """
        self._handlers.add(fact, handler)

    async def instruct(self, text: str, *, append: bool = False, sticky: bool = False, by: str = "code") -> Outcome:
        """Replace the agent's instructions (or add to them); the next model request has them.

        They belong to the agent that is talking now; `sticky` ones are given to every later agent of the call too,
        before it says anything. This and what follows is "done", "deferred" (it comes later), "fresh" (by a fresh
        session of a Realtime model) or "failed" (the journal says why); what the model of the call cannot do raises
        `UnsupportedError`.
        """
        return await self._memory.instruct(text, append=append, sticky=sticky, by=by)

    async def restore_instructions(self, *, by: str = "code") -> Outcome:
        """Go back to the instructions that the agent came with."""
        return await self._memory.restore(by=by)

    async def reset_context(self, *, keep: int = 0, tools: bool = True, by: str = "code") -> Outcome:
        """Let the model forget what was said, but for its instructions and the last `keep` items.

        Without `tools`, tool calls among these items are dropped too. Inside a tool it is "deferred" until the answer
        that the tool belongs to is over. The history and the journal keep what was said: see `forget`.
        """
        return await self._memory.reset(keep=keep, tools=tools, by=by)

    def reset_context_after(self, speech: SpeechHandle, *, keep: int = 0, tools: bool = True, by: str = "tool") -> None:
        """`reset_context` once this speech is over."""
        self._memory.reset_after(speech, keep=keep, tools=tools, by=by)

    async def add_message(self, text: str, *, role: Role = "system", answer: bool = False, by: str = "code") -> Outcome:
        """Put a message into the context: silently, or with an `answer` of the model's to it."""
        return await self._memory.add(role, text, answer=answer, by=by)

    async def forget(self, *, by: str = "code") -> Outcome:
        """Take what was said so far out of the context, of `session.history` and of the journal, for good."""
        return await self._memory.forget(by=by)

    def notice(self, fact: Fact) -> None:
        """Take in a fact of this call; the supervisor tells it each one."""
        self._memory.notice(fact)
        self.node.notice(fact)
        self._handlers.notice(fact)


_CALLS: WeakKeyDictionary[AgentSession[Any], OngoingCall] = WeakKeyDictionary()


def call_of(where: RunContext[Any] | AgentSession[Any]) -> OngoingCall:
    """Find the call that a tool's context or a session belongs to; raises `OffhookError` when nobody supervises it."""
    session = where.session if isinstance(where, RunContext) else where
    try:
        return _CALLS[session]
    except KeyError:
        raise OffhookError(
            "this session is not supervised; use serve(plan), or `async with supervise(ctx, session)` around it"
        ) from None
