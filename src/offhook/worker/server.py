"""The worker's main process: LiveKit's AgentServer with admission, prewarming, a journal and a proper shutdown."""

import logging
import math
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

from livekit.agents import AgentServer, JobContext, JobProcess, JobRequest
from livekit.agents.worker import ServerEnvOption, ServerOptions

from offhook.core.errors import JournalError, SettingsError
from offhook.journal.schema import open_journal
from offhook.models.build import describe, import_plugins, preload_names
from offhook.recordings.run import storing
from offhook.redaction.logs import mask_logs
from offhook.settings import Settings, frozen_settings, load_settings, set_default
from offhook.webhooks.run import sending
from offhook.worker.address import on_cloud, with_address
from offhook.worker.admission import Admission
from offhook.worker.entry import Entry
from offhook.worker.finished_calls import FinishedCalls
from offhook.worker.health import serve_health
from offhook.worker.local_models import choose_local_models
from offhook.worker.offered_calls import OfferedCalls
from offhook.worker.old_options import explained, given_options
from offhook.worker.plan_loader import name_of
from offhook.worker.prewarm import Prewarm
from offhook.worker.shipping import shipping
from offhook.worker.shutdown import end_running_calls
from offhook.worker.startup import check_server, exit_with, install_excepthook, translate_failures

__all__ = ["Server"]

log = logging.getLogger("offhook")

Entrypoint = TypeVar("Entrypoint", bound=Callable[[JobContext], Awaitable[None]])

_IDLE = 2
_SESSION_END = 60.0
"""Maximum seconds for `on_session_end`. LiveKit's default is 300 s, and a shutdown could take that long."""


class Server(AgentServer):
    """An `AgentServer` that takes every call up to its capacity and ends its calls properly when it stops.

    Use this class in place of `AgentServer`, with the same arguments. By default, the worker computes its load from the
    number of calls. If LiveKit Cloud hosts the agent, the worker uses LiveKit's own measure of the load.
    """

    def __init__(self, *, settings: Settings | None = None, module: str = "", **options: Any) -> None:
        install_excepthook()
        self.settings = with_address(settings or load_settings(), options)
        preloaded = _preloaded(self.settings, needed=bool(module))
        self._admission: Admission | None = None
        self._offered = OfferedCalls()
        self._module = module
        self._chooses_models = False
        more = options.pop("preload_modules", None) or ()
        self._preloaded = ["offhook.worker.preload", *preloaded, *more]
        own: dict[str, Any] = {
            "num_idle_processes": ServerEnvOption(dev_default=1, prod_default=_IDLE),
            "session_end_timeout": _SESSION_END,
            "drain_timeout": self.settings.drain,
            "log_level": self.settings.log_level,
            "setup_fnc": Prewarm(module, options.pop("setup_fnc", None)),
            "preload_modules": self._preloaded,
        }
        super().__init__(**(own | options))
        if not self.worker_info.cloud_agents and not {"load_fnc", "load_threshold"} & options.keys():
            self.load_fnc = self._load
            self.update_options(load_threshold=math.inf)

    @classmethod
    def from_server_options(cls, options: ServerOptions) -> "Server":
        """Make a server from LiveKit's `WorkerOptions`; each option that was left out gets
        offhook's default.
        """
        given, session = given_options(options)
        server = cls(**given)
        with explained(options.entrypoint_fnc):
            server.rtc_session(options.entrypoint_fnc, **session)
        return server

    @property
    def capacity(self) -> int:
        """The maximum number of calls at the same time: OFFHOOK_CAPACITY, or five for each CPU core."""
        return self.settings.calls_at_once

    @property
    def setup_fnc(self) -> Callable[[JobProcess], Any] | None:
        """The function that sets up an idle job process: it runs offhook's prewarm, then your function."""
        return super().setup_fnc

    @setup_fnc.setter
    def setup_fnc(self, value: Callable[[JobProcess], Any] | None) -> None:
        AgentServer.setup_fnc.fset(self, Prewarm(self._module, value))  # type: ignore[attr-defined]  # a property

    @overload
    def rtc_session(self, func: Entrypoint, **options: Any) -> Entrypoint: ...
    @overload
    def rtc_session(self, func: None = None, **options: Any) -> Callable[[Entrypoint], Entrypoint]: ...

    def rtc_session(self, func: Any = None, **options: Any) -> Any:
        """Register an entrypoint as LiveKit does. offhook's admission runs before your `on_request`.

        Raises `PlanError` for an entrypoint that a job process cannot import.
        """
        if func is None:
            return lambda entrypoint: self.rtc_session(entrypoint, **options)
        if not isinstance(func, Entry):
            name_of(func)
        self._chooses_models = isinstance(func, Entry)
        on_request: Callable[[JobRequest], Awaitable[Any]] | None = options.pop("on_request", None)
        self._admission = Admission(
            self.capacity,
            self._running,
            on_request=on_request,
            on_accepted=self._offered.accepted,
            on_launched=self._offered.launched,
            on_refused=self._offered.refused,
        )
        return super().rtc_session(func, on_request=self._admission, **options)

    def update_options(self, **options: Any) -> None:
        """Change options before the worker starts, as LiveKit's command line does. If an option changes the address of
        the LiveKit server, offhook uses the new address too.
        """
        super().update_options(**options)
        self.settings = with_address(self.settings, options)

    def _running(self) -> int:
        return len(self.active_jobs)

    def _load(self) -> float:
        return self._admission.load() if self._admission else 0.0

    async def run(self, *, devmode: bool = False, unregistered: bool = False) -> None:
        """Run the worker until it is closed. If the server refuses the API key, the program ends before LiveKit tries
        to connect.
        """
        mask_logs()
        if self._chooses_models:  # if False, the agent file chooses the models of its own session
            log.info(describe(self.settings))  # the text contains no secret
        self._preloaded += choose_local_models(self.settings)
        set_default("TOKIO_WORKER_THREADS", "1")  # one call needs only one thread of LiveKit's native library
        try:
            open_journal(self.settings.journal).close()
        except JournalError:
            log.exception("calls are not journalled until this is fixed")
        try:
            if not unregistered and not self.worker_info.cloud_agents:
                await check_server(self.settings)
        except SettingsError as error:
            await exit_with(error)
        try:
            finished = FinishedCalls(self.settings)
            with translate_failures():
                async with (
                    shipping(self.settings) as shipped,
                    serve_health(self, self.settings.ready, finished.metrics, *shipped),
                    sending(self.settings),
                    storing(self.settings) as store,
                ):
                    finished.then(store)
                    await self._run_watched(finished, devmode=devmode, unregistered=unregistered)
        except SettingsError as error:
            await super().aclose()  # without this, idle processes would keep the program alive
            await exit_with(error)

    async def _run_watched(self, finished: FinishedCalls, *, devmode: bool, unregistered: bool) -> None:
        takeover = not self.worker_info.cloud_agents and not on_cloud(self.settings)
        async with self._offered.watching(self.settings, lambda: self.active_jobs, finished, takeover=takeover):
            with frozen_settings():
                await super().run(devmode=devmode, unregistered=unregistered)

    async def aclose(self) -> None:
        """Take no more calls, end each running call with a spoken goodbye, then close as LiveKit does."""
        if self._admission is not None and not self._admission.closed:
            self._admission.closed = True
            try:
                await end_running_calls(self.settings, lambda: self.active_jobs)
            except Exception:  # LiveKit must close the worker after any error
                log.exception("the running calls could not be ended")
        await super().aclose()


def _preloaded(settings: Settings, *, needed: bool) -> list[str]:
    """Import the plugins that the settings select, and return the modules that the jobs share.

    If `needed` is False, the entrypoint makes its own session, so a selected plugin that is not installed is no error.
    """
    try:
        import_plugins(settings)
        return preload_names(settings)
    except (SettingsError, ImportError):
        if needed:
            raise
        return []
