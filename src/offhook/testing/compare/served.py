"""Serves the agent of a spec with `serve(plan)`, and with the defaults of `serve` for endpointing and barge-in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from unittest import mock

from livekit.agents import AgentServer

from offhook.core.call import Call
from offhook.core.ladder import Silence
from offhook.session.inbound.graded_detectors import TranscriptDetector
from offhook.session.plan import Plan
from offhook.testing.compare.desk import overridden
from offhook.testing.compare.model import SpecModel
from offhook.testing.compare.spec import CallSpec
from offhook.testing.compare.voice import PacedVoice
from offhook.testing.compare.work import Log
from offhook.worker.serve import serve

__all__ = ["served"]

_plan: ContextVar[Callable[[], Plan]] = ContextVar("plan")
"""Makes the plan of the current call.

A job finds its plan function by name, so the module-level function `plan` calls the function in this variable.
"""


async def plan(call: Call) -> Plan:  # noqa: ARG001  # every call has the same plan
    """Return the plan of the current call."""
    return _plan.get()()


@contextmanager
def served(spec: CallSpec, log: Log, model: SpecModel, ladder: Silence | None) -> Iterator[AgentServer]:
    """Yield a server that serves the agent of the spec with a plan.

    In other simulations, each session uses LiveKit's own delays at the end of a turn. In calls of this server, as in
    real calls, the caller's words determine the delay.
    """

    def planned() -> Plan:
        models: dict[str, Any] = {"llm": model, "tts": PacedVoice(spec.voice)} if spec.models == "told" else {}
        return Plan(agent=overridden(spec)(spec, log), silence=ladder, session=models)

    token = _plan.set(planned)
    try:
        with mock.patch.object(TranscriptDetector, "simulated", new=True, create=True):
            yield serve(plan)
    finally:
        _plan.reset(token)
