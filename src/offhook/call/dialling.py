"""Dials the phone of an outbound plan, and finds out who answered."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from livekit.agents import AgentSession

from offhook.core.dial import Dial, Voicemail
from offhook.core.errors import PlanError
from offhook.core.facts import DialRequested, PauseChanged
from offhook.session.voicemail import who_answered

if TYPE_CHECKING:
    from offhook.call.runtime import CallRuntime

__all__ = ["check_dial", "detect_voicemail", "hold_for_detection", "reach"]


def check_dial(dial: Dial | None, *, outbound: bool) -> None:
    """Raise `PlanError` for a plan that cannot dial in this call."""
    if dial is None:
        return
    if not outbound:
        raise PlanError(
            'Plan(dial=…) is for an outbound call: use serve(plan, outbound=True), or dispatch with {"dial": {…}} in '
            "the metadata, as `offhook dial` does"
        )
    if dial.voicemail is not None and dial.voicemail.file and not Path(dial.voicemail.file).is_file():
        raise PlanError(f"Voicemail(file={dial.voicemail.file!r}): there is no such file")


async def reach(runtime: "CallRuntime", dial: Dial | None) -> bool:
    """Dial, and wait until the person at the phone can hear the agent. If `dial` is None, wait until a caller joins.
    Return False if the call ends first.

    A console call has no phone, so nothing is dialled: the person at the keyboard is the callee.
    """
    if runtime.ctx.is_fake_job() or not runtime.outbound:
        return True
    if dial is None:
        runtime.connection.watch.expect(None)
    else:
        runtime.use_dialler(dial)
        guard = dial.guard
        runtime.supervisor.post(
            DialRequested(dial.to, dial.trunk, dial.identity, dial.ringing, redial=dial.redial, key=guard.key)
        )
    waiting: set[asyncio.Future[Any]] = {runtime.connection.watch.caller, runtime.supervising}
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    return runtime.connection.watch.caller.done() and not runtime.supervising.done()


def hold_for_detection(runtime: "CallRuntime", *, on: bool) -> None:
    """If `on` is True, hold the greeting and the silence count while the voicemail detection runs. If `on` is False,
    release the greeting and the silence count.
    """
    runtime.supervisor.post(PauseChanged("amd", paused=on, by="voicemail detection"))


async def detect_voicemail(
    runtime: "CallRuntime", session: AgentSession[Any], voicemail: Voicemail, *, greets: bool
) -> None:
    """Find out whether a person or a machine answered. `AnsweredBy` is posted before the greeting is released, so that
    no greeting is said to a machine.
    """
    detecting = asyncio.create_task(
        who_answered(session, runtime.connection.watch.identity, voicemail), name="offhook detect voicemail"
    )
    try:
        waiting: set[asyncio.Future[Any]] = {detecting, runtime.supervising}
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if detecting.done():
            found = detecting.result()
            if greets and found.who in ("person", "unknown"):
                # the greeting answers the callee's "Hello?", so stop the model's answer
                await session.interrupt(force=True)
            runtime.supervisor.post(found)
    finally:
        detecting.cancel()
        await asyncio.gather(detecting, return_exceptions=True)
        hold_for_detection(runtime, on=False)
