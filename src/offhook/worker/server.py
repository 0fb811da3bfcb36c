"""The worker's main process: LiveKit's AgentServer with admission, warm processes, a journal and a proper shutdown."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

from livekit.agents import AgentServer, JobContext, JobProcess, JobRequest
from livekit.agents.worker import ServerEnvOption

from offhook.core.errors import JournalError, SettingsError
from offhook.journal.schema import open_journal
from offhook.models.build import describe, import_plugins, preload_names
from offhook.settings import Settings, load_settings
from offhook.worker.admission import Admission
from offhook.worker.entry import Entry
from offhook.worker.farewell import say_farewell
from offhook.worker.plans import PlanFunction, name_of
from offhook.worker.ready import ready_site
from offhook.worker.refuse import check_server, end_program, failures_told, tell_in_one_line
from offhook.worker.warm import Warm
from offhook.worker.watch import Watch

__all__ = ["Server", "serve"]

log = logging.getLogger("offhook")

Entrypoint = TypeVar("Entrypoint", bound=Callable[[JobContext], Awaitable[None]])

_IDLE = 2
_SESSION_END = 60.0
"""Seconds that LiveKit's `on_session_end` may take; its own 300 s hold a shutdown that long."""


class Server(AgentServer):
    """An `AgentServer` that takes every call up to its capacity and ends its calls properly when it stops.

    Use it in place of `AgentServer`; it takes the same arguments. On LiveKit Cloud, LiveKit decides about load.
    """

    def __init__(self, *, settings: Settings | None = None, module: str = "", **options: Any) -> None:
        tell_in_one_line()
        self.settings = settings or load_settings()
        import_plugins(self.settings)
        self._admission: Admission | None = None
        self._watch: Watch | None = None
        self._module = module
        preload = ["offhook.worker.preload", *preload_names(self.settings), *options.pop("preload_modules", [])]
        own: dict[str, Any] = {
            "num_idle_processes": ServerEnvOption(dev_default=1, prod_default=_IDLE),
            "session_end_timeout": _SESSION_END,
            "drain_timeout": self.settings.drain,
            "log_level": self.settings.log_level,
            "setup_fnc": Warm(module, options.pop("setup_fnc", None)),
            "preload_modules": preload,
        }
        super().__init__(**(own | options))
        if not self.worker_info.cloud_agents and not {"load_fnc", "load_threshold"} & options.keys():
            self.load_fnc = self._load
            self.update_options(load_threshold=math.inf)

    @property
    def capacity(self) -> int:
        """Calls at once; OFFHOOK_CAPACITY, else five for each core."""
        return self.settings.calls_at_once

    @property
    def setup_fnc(self) -> Callable[[JobProcess], Any] | None:
        """What idle job processes do before a call comes: our warming up, then yours."""
        return super().setup_fnc

    @setup_fnc.setter
    def setup_fnc(self, value: Callable[[JobProcess], Any] | None) -> None:
        AgentServer.setup_fnc.fset(self, Warm(self._module, value))  # type: ignore[attr-defined]  # it is a property

    @overload
    def rtc_session(self, func: Entrypoint, **options: Any) -> Entrypoint: ...
    @overload
    def rtc_session(self, func: None = None, **options: Any) -> Callable[[Entrypoint], Entrypoint]: ...

    def rtc_session(self, func: Any = None, **options: Any) -> Any:
        """As LiveKit's, with admission before `on_request`; an entrypoint that no job could find is refused here."""
        if func is None:
            return lambda entrypoint: self.rtc_session(entrypoint, **options)
        if not isinstance(func, Entry):
            name_of(func)
        wanted: Callable[[JobRequest], Awaitable[Any]] | None = options.pop("on_request", None)
        self._admission = Admission(
            self.capacity, self._running, then=wanted, taken=self._taken, launched=self._launched
        )
        return super().rtc_session(func, on_request=self._admission, **options)

    def _running(self) -> int:
        return len(self.active_jobs)

    def _taken(self, request: JobRequest) -> None:
        if self._watch is not None:
            self._watch.accepted(request.id, request.room.name)

    def _launched(self, request: JobRequest) -> None:
        if self._watch is not None:
            self._watch.launched(request.id, request.room.name)

    def _load(self) -> float:
        return self._admission.load() if self._admission else 0.0

    async def run(self, *, devmode: bool = False, unregistered: bool = False) -> None:
        """Run until closed; what cannot work is told before LiveKit starts to retry it."""
        log.info(describe(self.settings))  # names of models only
        try:
            open_journal(self.settings.journal).close()
        except JournalError:
            log.exception("calls are not journalled until this is mended")
        try:
            if not unregistered and not self.worker_info.cloud_agents:
                await check_server(self.settings)
        except SettingsError as error:
            await end_program(error)
        try:
            with failures_told():
                async with ready_site(self, self.settings.ready):
                    await self._run_watched(devmode=devmode, unregistered=unregistered)
        except SettingsError as error:
            await super().aclose()  # idle processes would keep the program alive
            await end_program(error)

    async def _run_watched(self, *, devmode: bool, unregistered: bool) -> None:
        self._watch = Watch(self.settings, lambda: self.active_jobs)
        watching = asyncio.create_task(self._watch.run(), name="offhook watch")
        try:
            await super().run(devmode=devmode, unregistered=unregistered)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            self._watch.close()

    async def aclose(self) -> None:
        """Take no more calls, end the running ones with a spoken sentence, then close as LiveKit does."""
        if self._admission is not None and not self._admission.closed:
            self._admission.closed = True
            await say_farewell(load_settings(), lambda: self.active_jobs)
        await super().aclose()


def serve(plan: PlanFunction, *, agent_name: str = "", **options: Any) -> Server:
    """Make the server that answers each call with what `plan(call)` returns.

    `plan` is a function at the top level of its module, sync (it runs in a thread) or async. With an `agent_name`,
    calls come by explicit dispatch only. `options` are `AgentServer`'s; `on_request` is `rtc_session`'s.
    """
    tell_in_one_line()
    module, name = name_of(plan)
    on_request = options.pop("on_request", None)
    server = Server(module=module, **options)
    server.rtc_session(Entry(module, name), agent_name=agent_name, on_request=on_request)
    return server
