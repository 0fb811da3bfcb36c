"""Lets a caller speak with any agent on a real server: says the caller's lines, and checks that the agent answers."""

import time
from collections.abc import Sequence
from contextlib import suppress

from offhook.core.errors import OffhookError
from offhook.testing.live.caller import Caller
from offhook.testing.live.waiting import WaitTimeoutError
from offhook.testing.scenarios.live import PAUSE, LiveCaller

__all__ = ["GOODBYE", "HELLO", "CallFailedError", "converse", "meet"]

HELLO = "Hello?"
GOODBYE = "Thank you, goodbye."
JOINS = 15.0
"""An agent must join within this many seconds."""
_GREETS = 6.0
"""If no greeting has begun after this many seconds, the caller speaks first."""
_ANSWERS = 15.0
_PROMPTS = 30.0
"""Within this many seconds, the agent must speak to a silent caller."""
_LAST = 8.0
"""The caller waits this many seconds for an answer to the last words; the agent need not answer them."""
_ENDS = 4.0
"""If the agent has not ended the call this many seconds after its last answer, the caller hangs up."""
_LONGEST = 60.0
"""The caller listens to one answer for at most this many seconds."""


class CallFailedError(OffhookError):
    """The call did not go as a caller expects; the error text is one line."""


async def meet(caller: Caller) -> None:
    """Wait until an agent has joined; raises `CallFailedError` if no agent joins."""
    try:
        await caller.agent(timeout=JOINS)
    except WaitTimeoutError:
        if caller.left.is_set():
            raise CallFailedError(f"the room was closed before an agent joined: {caller.reason}") from None
        raise CallFailedError(f"nobody took the call within {JOINS:g} s") from None


async def converse(caller: Caller, lines: Sequence[str] = ()) -> None:
    """Say these lines, each after the agent has finished, and wait for the answers. At the end, hang up.

    Without lines, the caller greets the agent, waits for the answer, and says goodbye. For an empty line, the caller
    is silent until the agent speaks. Raises `CallFailedError` if the agent does not answer; only the last words may
    stay without an answer.
    """
    live = LiveCaller(caller)
    greeted = await _speaks(caller, caller.joined_at, _GREETS)
    for number, line in enumerate(lines or (HELLO, GOODBYE)):
        last = number == (len(lines) or 2) - 1
        if greeted or number:
            await _finishes(caller)
        since = time.monotonic()
        if line and not live.over:
            await live.says(line)
            since = time.monotonic()
        answered = await _speaks(caller, since, _LAST if last and line else _ANSWERS if line else _PROMPTS)
        if not answered and not (last and (live.over or line)):
            raise CallFailedError(_unanswered(caller, line, greeted=greeted))
    if not live.over:
        await _finishes(caller)
        await live.silent(_ENDS)
    if not live.over:
        await caller.hang_up()


def _unanswered(caller: Caller, line: str, *, greeted: bool) -> str:
    if caller.left.is_set():
        return f"the agent ended the call before it answered {line!r}: {caller.reason}"
    if not line:
        return f"the agent said nothing to a silent caller for {_PROMPTS:g} s"
    never = "" if greeted else ", and nothing before that"
    return f"the agent said nothing within {_ANSWERS:g} s after {line!r}{never}"


async def _speaks(caller: Caller, since: float, timeout: float) -> bool:  # noqa: ASYNC109  # an answer, not an error
    """Wait until the agent makes a sound or publishes words; return False after `timeout` seconds without either."""

    def probe() -> bool | None:
        words = any(line.at >= since and line.who == "agent" for line in caller.transcript)
        return words or any(one.started_at >= since for one in caller.heard) or None

    with suppress(WaitTimeoutError):
        return await caller.until("the agent to speak", probe, timeout=timeout)
    return False


async def _finishes(caller: Caller) -> None:
    """Wait until the agent is silent, or its state is "listening": an agent with a background sound is never silent."""

    def probe() -> bool | None:
        state = caller.agent_states[-1] if caller.agent_states else None
        listens = state is not None and state.text == "listening" and time.monotonic() - state.at >= PAUSE
        quiet = time.monotonic() - max((one.ended_at for one in caller.heard), default=0.0) >= PAUSE
        return quiet or listens or caller.left.is_set() or None

    with suppress(WaitTimeoutError):
        await caller.until("the agent to finish", probe, timeout=_LONGEST)
