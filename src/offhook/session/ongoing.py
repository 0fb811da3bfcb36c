"""Lets tools and other code of a job act on the running call: end or change the call, or mark the caller away."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from livekit.agents import AgentSession, RunContext

from offhook.core.call import Call
from offhook.core.ending import Scope
from offhook.core.errors import OffhookError, UnsupportedError
from offhook.core.facts import EndRequested, Fact
from offhook.core.headers import headers_of
from offhook.core.ladder import Silence
from offhook.core.patience import PRESETS, Patience, Preset
from offhook.core.people import People
from offhook.core.ports import PhonePort
from offhook.engine.handlers import Handler, Handlers, check_handlers
from offhook.session.changes.changes import LiveChanges
from offhook.session.collect import KeyCollection
from offhook.session.context.actions import ContextActions
from offhook.session.context.editor import ContextEditor
from offhook.session.context.forgetting import Redact
from offhook.session.inbound.endpointing import endpointing_of
from offhook.session.people.others import OtherPeople
from offhook.session.phone_actions import PhoneActions
from offhook.session.quiet.quiet import Quiet, QuietMode, room_of
from offhook.session.recorder.actions import RecordingActions
from offhook.session.recorder.call_recording import CallRecording
from offhook.session.silence_actions import SilenceActions
from offhook.session.taps import SessionTaps
from offhook.session.transfers import Transfers

__all__ = ["OngoingCall", "call_of"]

_CALL = "offhook_call"
"""The name of the session attribute that holds the `OngoingCall`. A `WeakKeyDictionary` with sessions as keys would
never free the session, because the `OngoingCall` refers to the session.
"""


class OngoingCall(SilenceActions, PhoneActions, ContextActions, RecordingActions):
    """A running call. Every method may be called from tools, event handlers and other code of the job.

    Methods that are not `async` may also be called from other threads, because sync handlers, silence steps and hooks
    run in threads.
    """

    def __init__(  # noqa: PLR0913  # the parts of one call
        self,
        session: AgentSession[Any],
        post: Callable[[Fact], None],
        call_info: Callable[[], Call],
        *,
        silence: Silence | None = None,
        handlers: Handlers | None = None,
        redact: Redact | None = None,
        phone: PhonePort | None = None,
        recording: Path | None = None,
    ) -> None:
        self.session = session
        self._post = post
        self._call_info = call_info
        SilenceActions.__init__(self, session, post, silence, self._on_loop)
        ContextActions.__init__(self, ContextEditor(session, post, redact or _nothing_recorded), self._on_loop)
        RecordingActions.__init__(self, CallRecording(session, post, recording), self._on_loop)
        self.taps = SessionTaps(
            session, post, laddered=lambda: self._ladder is not None, wrap=self.recording.wrap_output
        )
        self.changes = LiveChanges(session, post)
        self._quiet = Quiet(
            session,
            lambda: room_of(session),
            post,
            evidence=self.taps.evidence,
            context=self.editor,
            caller=lambda: call_info().caller.identity,
        )
        self._others = OtherPeople(
            session,
            post,
            self.editor,
            room=lambda: room_of(session),
            caller=lambda: call_info().caller.identity,
        )
        PhoneActions.__init__(self, phone, Transfers(phone, post), KeyCollection(session, post))
        self._handlers = handlers or Handlers(post)
        self._handlers.call = self
        self._loop, self._thread = asyncio.get_running_loop(), threading.get_ident()
        setattr(session, _CALL, self)

    @property
    def call(self) -> Call:
        """The caller, the room and the metadata. Raises `OffhookError` before the caller has joined."""
        return self._call_info()

    def end(
        self,
        goodbye: str | None = None,
        *,
        scope: Scope | None = None,
        headers: Mapping[str, str] | None = None,
        by: str = "code",
        detail: str = "",
    ) -> None:
        """End the call: play the goodbye to its end, then hang up. Calling this method again has no effect.

        `headers` go into the SIP BYE that ends the caller's phone leg. Raises `OffhookError` for a header that SIP does
        not allow.
        """
        checked = headers_of(headers)
        self._post(EndRequested("agent_ended", goodbye or "", scope=scope, by=by, detail=detail, headers=checked))

    def endpointing(self, patience: Preset | Patience, *, once: bool = False, by: str = "code") -> None:
        """Change how long the agent waits at the end of the caller's turns: from now on, or only in the next turn
        (`once`).

        Call this method before a question: `call.endpointing("dictation", once=True)`. Raises `OffhookError` for an
        unknown name, and `UnsupportedError` if LiveKit's own delays apply in this session.
        """
        if not isinstance(patience, Patience) and patience not in PRESETS:
            raise OffhookError(f"endpointing {patience!r} is unknown; use one of {', '.join(PRESETS)}, or a Patience")
        chooser = endpointing_of(self.session)
        if chooser is None:
            raise UnsupportedError(
                "offhook does not set how long this session waits after a turn: the plan has its own turn handling, an "
                "STT or a Realtime model detects the turns, or OFFHOOK_ENDPOINTING is plain"
            )
        self._on_loop(lambda: chooser.use(patience, once=once, by=by))

    def hear(self, people: People | None) -> None:
        """From now on, hear and answer other people as `people` says. With None, hear only the caller."""
        self._on_loop(lambda: self._others.hear(people))

    async def quiet(self, mode: QuietMode = "mute", *, context: bool = True, by: str = "code") -> str:
        """Make the agent quiet until `end_quiet`, for 30 minutes at most. Return a note about the result, or "".

        "mute": the agent gives no answers and still hears the caller. "hold": the caller hears music, and the agent
        does not hear the caller. "takeover": a person in the room talks with the caller. With `context`, the words that
        people speak during this time go into the model's context. Raises `UnsupportedError` if the model or the call
        does not support the mode.
        """
        return await self._quiet.begin(mode, context=context, by=by)

    async def end_quiet(self, *, by: str = "code") -> str:
        """End the mode that `quiet` began: the agent answers again, but does not speak first. Return a note about the
        result, or "".
        """
        return await self._quiet.end(by=by)

    def on(self, fact: type[Fact], handler: Handler) -> None:
        """Call the handler with each fact of this type, in the order of the facts. The handler may be sync or async.

        A sync handler runs in a thread and does not block the call. To act on the session, use an async handler. An
        exception is recorded as `HandlerFailed`, and the call continues. After 10 s, an async handler is cancelled; a
        sync handler continues in its thread, and the next handler runs.
        """
        check_handlers({fact: handler})
        self._on_loop(lambda: self._handlers.add(fact, handler))

    def _on_loop(self, change: Callable[[], object]) -> None:
        """Run the change now, or schedule it on the event loop if another thread calls this method. Changes from one
        thread keep their order.
        """
        if threading.get_ident() == self._thread:
            change()
        else:
            self._loop.call_soon_threadsafe(change)

    def notice(self, fact: Fact) -> None:
        """Pass a fact to the parts of this call that need facts. The supervisor calls this method with every fact."""
        self.editor.notice(fact)
        self.taps.notice(fact)
        self.changes.notice(fact)
        self._quiet.notice(fact)
        self.recording.notice(fact)
        self._others.notice(fact)
        self._transfers.notice(fact)
        self._keys.notice(fact)
        self._handlers.notice(fact)


async def _nothing_recorded() -> bool:
    return True


def call_of(where: RunContext[Any] | AgentSession[Any]) -> OngoingCall:
    """Return the running call of a session. `where` is the session, or the `RunContext` that a tool gets. Raises
    `OffhookError` if the session is not supervised.
    """
    session = where.session if isinstance(where, RunContext) else where
    call: OngoingCall | None = getattr(session, _CALL, None)
    if call is None:
        raise OffhookError(
            "this session is not supervised; use serve(plan), or `async with supervise(ctx, session)` around it"
        )
    return call
