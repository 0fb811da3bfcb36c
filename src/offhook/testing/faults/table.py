"""All faults that a drill tries, by their names."""

import difflib
from functools import cache

from offhook.core.errors import OffhookError
from offhook.testing.faults import ears, network, realtime, voice
from offhook.testing.faults.brains import openai, responses
from offhook.testing.faults.fault import Fault

__all__ = ["named", "table"]


@cache
def table() -> tuple[Fault, ...]:
    """Every fault, provider by provider; each is in the second turn, or there from the beginning."""
    brains = (*_chat(), *_responses(), *realtime.repertoire())
    return (*ears.repertoire(), *brains, *voice.repertoire(), *network.repertoire())


def named(name: str) -> Fault:
    """The fault of this name; raises `OffhookError` when there is none."""
    known = {fault.name: fault for fault in table()}
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        advice = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
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
