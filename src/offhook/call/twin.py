"""Finds a twin, a running call with the same SIP Call-ID: the carrier sent the INVITE again, because no reply arrived.

The reply to a long INVITE does not fit into a UDP packet. LiveKit's SIP bridge treats each repetition as a new call.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path

from offhook.core.errors import JournalError
from offhook.core.facts import CallerFound, EndRequested, Fact
from offhook.core.ports import Recorder
from offhook.journal.reader import Reader

__all__ = ["TwinCheck", "find_twin"]

log = logging.getLogger("offhook")

_REPEATED_FOR = 40.0
"""Seconds in which a carrier repeats an INVITE (RFC 3261: 32 s)."""
_MOST = 200
"""Maximum number of this worker's newest calls that are compared."""


async def find_twin(found: CallerFound, *, call: str, journal: Path, recorder: Recorder) -> str:
    """Return the id of an earlier call of this worker that still runs for the same SIP dialog; "" if there is none."""
    if not found.full_sip_call:
        return ""
    await recorder.flushed()  # the search of a later repetition must find this call
    try:
        return await asyncio.to_thread(_search, journal, call, found.full_sip_call)
    except JournalError as error:  # the disk may be full; the call goes on
        log.warning("the journal could not be searched for a repeated INVITE", extra={"error": str(error)})
        return ""


def _search(journal: Path, call: str, sip_call: str) -> str:
    with Reader(journal) as reader:
        began = {
            one.call: found.at
            for one in reader.calls(_MOST, since=time.time() - _REPEATED_FOR)
            if one.state == "open" or one.call == call
            for found in reader.records(one.call, names=["CallerFound"], limit=1)
            if found.body.get("full_sip_call") == sip_call
        }
    # If two calls began at the same moment, the ids decide which call goes on.
    earlier = [other for other in began if call in began and (began[other], other) < (began[call], call)]
    return min(earlier, key=lambda other: (began[other], other), default="")


class TwinCheck:
    """A sink that ends this call if an earlier call of this worker runs for the same SIP dialog."""

    def __init__(self, call: str, journal: Path, *, recorder: Recorder, post: Callable[[Fact], None]) -> None:
        self._call, self._journal = call, journal
        self._recorder = recorder
        self._post = post
        self._task: asyncio.Task[None] | None = None

    def notice(self, fact: Fact) -> None:
        """Start the search when the caller is an inbound phone."""
        if isinstance(fact, CallerFound) and fact.full_sip_call and fact.direction == "inbound":
            self._task = asyncio.get_running_loop().create_task(self._check(fact), name="offhook twin check")

    async def stop(self) -> None:
        """Stop searching, if a search runs."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _check(self, found: CallerFound) -> None:
        twin = await find_twin(found, call=self._call, journal=self._journal, recorder=self._recorder)
        if twin:
            detail = f"the carrier has sent the INVITE of call {twin} again, because no reply arrived"
            self._post(EndRequested("rejected", goodbye="", by="offhook", detail=detail))
