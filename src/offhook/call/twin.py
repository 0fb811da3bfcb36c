"""Finds a twin: an earlier call with the same SIP Call-ID that is still running. There is a twin if the carrier
received no reply to its INVITE and sent the INVITE again.

A reply may be lost because the reply to a long INVITE does not fit into a UDP packet. LiveKit's SIP bridge treats each
repeated INVITE as a new call.
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
"""Maximum age of a twin in seconds. In RFC 3261, a carrier repeats an INVITE for 32 s."""
_MOST = 200
"""Maximum number of this worker's newest calls that are compared with the new call."""


async def find_twin(found: CallerFound, *, call: str, journal: Path, recorder: Recorder) -> str:
    """Return the id of this worker's earlier call that has the same SIP Call-ID and still runs; "" if there is none."""
    if not found.full_sip_call:
        return ""
    await recorder.flushed()  # so that a later call, for the next copy of the INVITE, finds this call
    try:
        return await asyncio.to_thread(_search, journal, call, found.full_sip_call)
    except JournalError as error:  # the disk may be full, but the call goes on
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
    """A sink that ends this call if an earlier call of this worker, with the same SIP Call-ID, still runs."""

    def __init__(self, call: str, journal: Path, *, recorder: Recorder, post: Callable[[Fact], None]) -> None:
        self._call, self._journal = call, journal
        self._recorder = recorder
        self._post = post
        self._task: asyncio.Task[None] | None = None

    def notice(self, fact: Fact) -> None:
        """Start the search when the caller of an inbound phone call is found."""
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
