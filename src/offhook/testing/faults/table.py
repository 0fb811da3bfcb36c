"""All faults of a drill, by name."""

import difflib
from functools import cache

from offhook.core.errors import OffhookError
from offhook.testing.faults import cartesia, deepgram, network, realtime
from offhook.testing.faults.fault import Fault
from offhook.testing.faults.llm import openai, responses

__all__ = ["named", "table"]


@cache
def table() -> tuple[Fault, ...]:
    """Return every fault, provider by provider. Each fault starts in the second turn or at the start of the call."""
    models = (*_chat(), *_responses(), *realtime.all_faults())
    return (*deepgram.all_faults(), *models, *cartesia.all_faults(), *network.all_faults())


def named(name: str) -> Fault:
    """Return the fault with this name; raises `OffhookError` for an unknown name."""
    known = {fault.name: fault for fault in table()}
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        advice = f"did you mean {near[0]}?" if near else f"the faults are: {', '.join(known)}"
        raise OffhookError(f"there is no fault {name!r}; {advice}")
    return known[name]


def _chat() -> list[Fault]:
    return [
        openai.refused(429, times=1),
        openai.refused(429),
        openai.refused(500),
        openai.refused(503, for_good=True),
        openai.refused(401, for_good=True),
        openai.hangs(),
        openai.hangs(times=1),
        openai.hangs(for_good=True),
        openai.silent(),
        openai.slow(4),
        openai.slow(8),
        openai.slow(12, times=1),
        openai.stall_after(3),
        openai.stall_after(3, times=1),
        openai.drop_after(3),
        openai.drop_after(3, times=1),
        openai.malformed_after(0),
        openai.malformed_after(3),
        openai.empty(),
        openai.loops(),
    ]


def _responses() -> list[Fault]:
    return [
        responses.locked(401),
        responses.refused(429),
        responses.refused(500),
        responses.hangs(),
        responses.slow(4),
        responses.stall_after(3, times=1),
        responses.drop_after(3, times=1),
        responses.malformed_after(3, times=1),
        responses.empty(),
    ]
