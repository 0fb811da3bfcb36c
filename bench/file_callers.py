"""The simulated callers of `bench.files`: most agent files get the same two callers, and some files get callers of
their own.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from offhook.testing import Callee, ScriptedCaller
from offhook.testing.drill import CallSetup

__all__ = ["PLANS", "CallPlan"]

_OPTIONS = {"metadata": json.dumps({"trunk": "ST_simulated", "number": "+15105550100"})}


async def asks(caller: ScriptedCaller) -> None:
    """Wait for the agent's first words, ask something, wait for the answer, and hang up."""
    await caller.hears("")
    await caller.says("can you help me please")
    await caller.hears("")
    await caller.hangs_up()


async def stays_silent(caller: ScriptedCaller) -> None:
    """Wait for the agent's first words, and stay silent until the agent ends the call."""
    await caller.hears("")
    await caller.ended(timeout=200)


async def talks_by_button(caller: ScriptedCaller) -> None:
    await caller.hears("Radio check")
    assert await caller.calls("start_turn") == "listening"
    await caller.says("can you help me please")
    assert await caller.calls("end_turn") == "thinking"
    await caller.hears("")
    await caller.hangs_up()


async def uses_the_page(caller: ScriptedCaller) -> None:
    await caller.hears("Show me a picture")
    await caller.sets({"language": "Danish"})
    await caller.hears("Danish")
    await caller.uploads(b"123", topic="pictures")
    await caller.hears("3 bytes")
    await caller.types("can you help me please")
    await caller.hears("")
    await caller.hangs_up()


async def answers_the_phone(caller: ScriptedCaller) -> None:
    await caller.says("hello this is anna")
    await asks(caller)


async def answers_and_waits(caller: ScriptedCaller) -> None:
    await caller.says("hello this is anna")
    await stays_silent(caller)


@dataclass(frozen=True)
class CallPlan:
    """The two simulated callers for an agent file: `talks` has a conversation. `silent` says at most a hello, and then
    waits until the agent ends the call. `reason` is the expected end reason of the call with `silent`.
    """

    talks: Any = asks
    silent: Any = stays_silent
    reason: str = "silence"
    options: Mapping[str, Any] = field(default_factory=dict)
    drill: CallSetup = field(default_factory=CallSetup)


PLANS: Mapping[str, CallPlan] = {
    "push_to_talk": CallPlan(talks_by_button, drill=CallSetup(button=("start_turn", "end_turn"))),
    "reads_the_page": CallPlan(uses_the_page),
    "dials_out": CallPlan(
        options={**_OPTIONS, "callees": [Callee()]}, drill=CallSetup(_OPTIONS["metadata"], dials=True)
    ),
    "voicemail": CallPlan(answers_the_phone, answers_and_waits),
    "idle_handler": CallPlan(reason="agent_ended"),
}
