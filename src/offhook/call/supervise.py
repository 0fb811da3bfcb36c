"""Supervises the session of a stock agent: one `await` before `session.start`, or one `async with` around
`session.start`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from livekit.agents import AgentSession, JobContext

from offhook.call.supervision import Supervision
from offhook.core.barge_in import BargeIn
from offhook.core.dead_air import DeadAir
from offhook.core.ending import Ending, Limits
from offhook.core.facts import Fact, Planned
from offhook.core.ladder import Silence
from offhook.core.patience import Patience, Preset
from offhook.core.recording import Recording
from offhook.engine.handlers import Handler
from offhook.session.hooks import Hook

__all__ = ["supervise"]


def supervise(  # noqa: PLR0913  # each argument sets one policy, and all are optional
    ctx: JobContext,
    session: AgentSession[Any],
    *,
    greeting: str | None = None,
    silence: Silence | None = None,
    ending: Ending | None = None,
    limits: Limits | None = None,
    dead_air: DeadAir | None = DeadAir(),  # noqa: B008  # frozen
    barge_in: BargeIn | None = None,
    recording: Recording | None = None,
    endpointing: Preset | Patience | None = None,
    on: Mapping[type[Fact], Handler] | None = None,
    after: Sequence[Hook] = (),
) -> Supervision:
    """Supervise your own session. offhook then handles silence, the end of the call, limits, the journal and commands,
    and also barge-in if you give `barge_in`.

    Write `await supervise(ctx, session)` before `session.start`. `supervise` joins the room and starts to accept
    commands, and the entrypoint then runs as before. The second form is `async with supervise(ctx, session):` around
    `session.start`. At its end, the block waits until the call has ended. Both forms return the running call, an
    `OngoingCall`.

    offhook does not change your session's turn handling, unless you give `endpointing`: "quick", "normal", "patient",
    "dictation" or a `Patience`.

    After an exception in the entrypoint or in the block, the caller hears an apology and the room is closed. Then the
    exception is raised again. The call also ends with the apology if the block ends before the session has started. The
    same happens if the session has not started 20 s after the caller is connected. If the session has to start later,
    use `pause()` of the running call.
    """
    planned = Planned(
        greeting, silence, ending or Ending(), limits or Limits(), dead_air, barge_in=barge_in, recording=recording
    )
    return Supervision(ctx, session, planned, on=on, after=after, endpointing=endpointing)
