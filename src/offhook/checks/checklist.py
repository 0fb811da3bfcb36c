"""Builds the list of checks for the given settings."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from offhook.checks.agent import PORT, Agent, check_agent, find_agent_file, inspect, unreadable
from offhook.checks.file_models import TIME, models_of
from offhook.checks.finding import Finding, ok, problem, skipped
from offhook.checks.journal import check_disk, check_journal
from offhook.checks.local import check_local_server
from offhook.checks.machine import check_capacity, check_port, check_versions
from offhook.checks.models import NO_NETWORK, ModelChecks, fixed, route
from offhook.checks.postgres import check_postgres
from offhook.checks.recordings import check_recordings
from offhook.checks.run import LIMIT, CheckGroup, CheckSpec, Lazy
from offhook.checks.server import Access, check_clock, check_server
from offhook.settings import Settings

__all__ = ["CheckContext", "check_list"]

CheckFunction = Callable[[], Awaitable[Finding]]


@dataclass(frozen=True, slots=True)
class CheckContext:
    """The data that the checks need in addition to the settings."""

    variables: Mapping[str, str] = field(repr=False)
    folder: Path
    agent_file: Path | None = None
    network: bool = True
    hide: Callable[[str], str] = lambda text: text
    limit: float = LIMIT
    metadata: str = ""
    """The dispatch metadata for the trial run of the agent file. The trial run ends at `session.start`."""


def check_list(settings: Settings, context: CheckContext) -> list[CheckSpec | CheckGroup]:
    """Return all checks, in the order of the output."""
    path = find_agent_file(context.agent_file, context.folder)
    path = path.relative_to(context.folder) if path and path.is_relative_to(context.folder) else path
    agent = Lazy(partial(inspect, path, environ=context.variables, hide=context.hide))

    async def check_file() -> Finding:
        return check_agent(await agent.get(), path, context.variables)

    async def check_its_port() -> Finding:
        found = await agent.get()
        return await check_port(found.port if isinstance(found, Agent) else PORT)

    return [
        CheckSpec("versions", check_versions),
        CheckSpec("settings", fixed(ok(f"readable: {_sources(context.folder)}"))),
        CheckSpec("agent", check_file),
        *_server(settings, context),
        *_models(settings, context, path, agent),
        CheckSpec("capacity", partial(check_capacity, settings)),
        CheckSpec("port", check_its_port),
        CheckSpec("journal", partial(check_journal, settings.journal)),
        CheckSpec("disk", partial(check_disk, settings.journal)),
        *_postgres(settings, context),
        *_recordings(settings, context),
    ]


def _sources(folder: Path) -> str:
    return ", ".join(["the environment", *(name for name in (".env.local", ".env") if (folder / name).is_file())])


def _server(settings: Settings, context: CheckContext) -> Iterator[CheckSpec]:
    url, key, secret = settings.livekit_url, settings.livekit_api_key, settings.livekit_api_secret
    if url is None:
        yield CheckSpec("server", partial(check_local_server, settings, context.variables))
        return
    values = {"LIVEKIT_API_KEY": key, "LIVEKIT_API_SECRET": secret}
    missing = " and ".join(name for name, value in values.items() if not value)
    if key is None or secret is None:
        yield CheckSpec("server", fixed(problem(f"LIVEKIT_URL is set without {missing}", f"set {missing}")))
        return
    access = Access(url, key, secret.get_secret_value())
    functions = {
        "server": partial(check_server, access, route=route(context.variables), limit=context.limit),
        "clock": partial(check_clock, access, limit=context.limit),
    }
    for name, function in functions.items():
        yield CheckSpec(name, function if context.network else fixed(NO_NETWORK))


def _models(
    settings: Settings, context: CheckContext, path: Path | None, agent: Lazy[Agent | Finding]
) -> Iterator[CheckSpec | CheckGroup]:
    """Yield the checks of the models that the agent file makes. Without an agent file, yield the checks of the models
    in the settings.
    """
    checks = ModelChecks(settings, context.variables, network=context.network, limit=context.limit)
    if path is None:
        yield from checks.chosen()
        return

    unknown = [CheckSpec("models", fixed(skipped("not known, because the agent file cannot run: see its check")))]

    async def made() -> Sequence[CheckSpec]:
        if unreadable(path) is not None:
            return unknown
        run = models_of(path, environ=context.variables, metadata=context.metadata, hide=context.hide)
        found, models = await asyncio.gather(agent.get(), run)
        if not found.registered if isinstance(found, Agent) else found.state == "problem":
            return unknown
        return list(checks.made(models, path, serves=isinstance(found, Agent) and found.serves))

    yield CheckGroup("models", made, limit=TIME)


def _postgres(settings: Settings, context: CheckContext) -> Iterator[CheckSpec]:
    if (address := settings.postgres_address) is not None:
        yield CheckSpec("postgres", partial(check_postgres, address) if context.network else fixed(NO_NETWORK))


def _recordings(settings: Settings, context: CheckContext) -> Iterator[CheckSpec]:
    if (url := settings.recordings_url) is not None:
        look = partial(check_recordings, url, limit=context.limit)
        yield CheckSpec("recordings", look if context.network or url.startswith("file:") else fixed(NO_NETWORK))
