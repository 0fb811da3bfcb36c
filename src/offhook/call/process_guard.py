"""Hangs the call up if the worker's main process dies.

LiveKit then cancels the entrypoint and stops the event loop of the job within seconds. Therefore a thread of the job
process watches the main process, and sends the requests that hang up the call. If this process cannot record the end of
the call, the next worker records the end when the worker starts.
"""

import asyncio
import logging
import multiprocessing
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace

from livekit.agents import JobContext

from offhook.core.ending import Scope
from offhook.core.errors import JournalError
from offhook.core.facts import EndRequested, Fact
from offhook.journal.reader import Reader
from offhook.journal.running import RunningCalls
from offhook.room.blocking_api import BlockingApi
from offhook.room.occupants import Occupants, Remedy, remedy_for
from offhook.room.settlement import LostCall, OrphanRoom, settle
from offhook.settings import Settings

__all__ = ["ProcessGuard", "hang_up_lost"]

log = logging.getLogger("offhook")

_PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between attempts to hang up, if the API of LiveKit's server fails. The job process stays alive until an
attempt succeeds or the last attempt has failed.
"""


class ProcessGuard:
    """Marks the call as running in this process, and waits in a thread until the parent process (the worker's main
    process) dies.

    If the job runs in a thread, there is no parent process, so the guard only marks the call. The mark shows other
    workers with the same journal that the call is running.
    """

    def __init__(
        self, ctx: JobContext, settings: Settings, *, over: Callable[[], bool], post: Callable[[Fact], None]
    ) -> None:
        self._settings = settings
        self._lost = LostCall(ctx.job.id, ctx.job.room.name, f"agent-{ctx.job.id}", ctx.job.agent_name)
        self._over = over
        self._post = post
        self._loop = asyncio.get_running_loop()
        self._stopped = threading.Event()
        self._running = RunningCalls(settings.journal)
        parent = multiprocessing.parent_process()
        if ctx.is_fake_job():
            return
        self._running.hold(ctx.job.id)
        if parent is not None:
            threading.Thread(target=self._wait, args=(parent.join,), name="offhook parent watch", daemon=True).start()

    def stop(self) -> None:
        """Stop watching, because the call is finished."""
        self._stopped.set()
        self._running.close()

    def _wait(self, dead: Callable[[], None]) -> None:
        dead()
        if not self._stopped.is_set() and not self._over():
            # This thread is not a daemon, so the process does not exit before the thread has finished.
            threading.Thread(target=self._hang_up, name="offhook hang up", daemon=False).start()

    def _hang_up(self) -> None:
        for pause in (*_PAUSES, 0.0):
            try:
                hang_up_lost(self._settings, self._lost, decided=self._record)
            except OSError:
                time.sleep(pause)
            else:
                return

    def _record(self, scope: Scope) -> None:
        """If the supervisor's event loop still runs, let the supervisor record the reason and end the call."""
        fact = EndRequested("error", goodbye="", scope=scope, by="worker", detail="the worker's main process died")
        with suppress(RuntimeError):  # raised if the loop is closed
            self._loop.call_soon_threadsafe(self._post, fact)


_SCOPES: Mapping[Remedy, Scope] = {"close the room": "room", "remove the caller": "caller"}


def hang_up_lost(settings: Settings, lost: LostCall, *, decided: Callable[[Scope], None]) -> None:
    """Close the room, remove the caller from the room, or do nothing. The journal and the people in the room decide
    which. Raises `OSError` if a request fails.

    If the journal has no end request, first call `decided` with the scope of the hang-up.
    """
    orphan = _orphan(settings, lost)
    secret = settings.livekit_api_secret
    if orphan is None or not (settings.livekit_url and settings.livekit_api_key and secret):
        return
    api = BlockingApi(url=settings.livekit_url, key=settings.livekit_api_key, secret=secret.get_secret_value())
    people = api.list_participants(orphan.room)
    remedy = remedy_for(orphan, Occupants.of(people, orphan), early=False) if people else "nothing"
    if orphan.unsure:
        decided(_SCOPES.get(remedy, "agent"))
    if remedy == "close the room":
        api.delete_room(orphan.room)
    elif remedy == "remove the caller":
        api.remove_participant(orphan.room, orphan.caller)


def _orphan(settings: Settings, lost: LostCall) -> OrphanRoom | None:
    try:
        with Reader(settings.journal) as reader:
            records = reader.readable(lost.call)
    except JournalError:
        records = []  # without records, `settle` selects the whole room, not only the caller's leg
    orphan = settle(records, replace(lost, since=time.time())).orphan
    return replace(orphan, takeover=False) if orphan is not None else None
