"""The first call of a drill, without a fault. The call shows whether the agent can complete a call, and which services
the agent uses.
"""

import logging
import multiprocessing
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from offhook.testing.drill.circumstances import NEEDS_TOOL
from offhook.testing.drill.lines import LINES
from offhook.testing.drill.rehearse import CHOSEN, Rehearsal, rehearse
from offhook.testing.drill.setup import CallSetup
from offhook.testing.drill.verdict import judge
from offhook.testing.faults.fault import Fault, Service

__all__ = ["FirstCall", "first_call"]


@dataclass(frozen=True, slots=True)
class FirstCall:
    """What a call without a fault shows about the agent."""

    reason: str
    """Why the agent cannot complete the call; "" if it can."""
    supervised: bool = False
    """True if offhook supervises the calls of this agent; False for an agent with LiveKit alone."""
    services: frozenset[Service] = frozenset()
    """The services that the agent uses, or would use with other settings of offhook."""
    tools: bool = False
    """True if the agent offers tools to the LLM."""
    replaced: Sequence[str] = ()
    """One line of text for each model that the sandbox does not emulate; the line names the replacement."""

    def can_show(self, fault: Fault) -> bool:
        """Return True if the fault can act on this agent."""
        return fault.service in (*self.services, "network") and (self.tools or fault.name not in NEEDS_TOOL)


def first_call(
    agent: Path,
    services: Collection[Service] = (),
    *,
    environ: Mapping[str, str] | None = None,
    setup: CallSetup | None = None,
) -> FirstCall:
    """Play the drill's call without a fault. `services` are the services whose faults the drill will play."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_first_call, agent, tuple(services), environ or {}, setup).result()


def _first_call(
    agent: Path, services: Sequence[Service], environ: Mapping[str, str], setup: CallSetup | None
) -> FirstCall:
    logging.lastResort = None
    try:
        call = rehearse(agent, None, environ=environ, setup=setup)
        found = FirstCall(_reason(call), call.supervised, call.services, call.tools, call.replaced)
        if found.reason or not call.supervised:
            return found
        for service in services:  # the agent may use one of these services if offhook's settings choose it
            if service in CHOSEN:
                other = rehearse(agent, None, environ=environ, setup=setup, service=service)
                found = replace(found, services=found.services | other.services)
    except Exception as error:  # noqa: BLE001  # any error becomes `reason`
        return FirstCall(str(error) or type(error).__name__)
    return found


def _reason(call: Rehearsal) -> str:
    verdict = judge(call)
    if verdict.answered == len(LINES) and verdict.ended == "caller":
        return ""
    if call.errors:
        return call.errors[0]
    return f"{verdict.answered} of {len(LINES)} questions were answered, and the call ended: {verdict.ended}"
