"""Builds the list of checks for the given settings."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from offhook.checks.agent import PORT, Agent, check_agent, find_agent_file, inspect
from offhook.checks.finding import Finding, ok, problem, skipped
from offhook.checks.journal import check_disk, check_journal
from offhook.checks.local import check_local_server
from offhook.checks.machine import check_capacity, check_port, check_versions
from offhook.checks.offline import check_offline
from offhook.checks.postgres import check_postgres
from offhook.checks.providers import cartesia, deepgram, openai
from offhook.checks.run import LIMIT, CheckSpec, Lazy
from offhook.checks.server import Access, check_clock, check_server
from offhook.checks.web import Route
from offhook.core.errors import SettingsError
from offhook.selection import Choice, select_models
from offhook.settings import Settings

__all__ = ["CheckContext", "check_list"]

CheckFunction = Callable[[], Awaitable[Finding]]

PROVIDERS = {"deepgram": deepgram, "cartesia": cartesia, "openai": openai, "responses": openai}


@dataclass(frozen=True, slots=True)
class CheckContext:
    """The data that the checks need in addition to the settings."""

    variables: Mapping[str, str] = field(repr=False)
    folder: Path
    agent_file: Path | None = None
    network: bool = True
    hide: Callable[[str], str] = lambda text: text
    limit: float = LIMIT


def check_list(settings: Settings, context: CheckContext) -> list[CheckSpec]:
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
        CheckSpec("settings", _fixed(ok(f"readable: {_sources(context.folder)}"))),
        CheckSpec("agent", check_file),
        *_server(settings, context),
        *_models(settings, context),
        CheckSpec("capacity", partial(check_capacity, settings)),
        CheckSpec("port", check_its_port),
        CheckSpec("journal", partial(check_journal, settings.journal)),
        CheckSpec("disk", partial(check_disk, settings.journal)),
        *_postgres(settings, context),
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
        yield CheckSpec("server", _fixed(problem(f"LIVEKIT_URL is set without {missing}", f"set {missing}")))
        return
    access = Access(url, key, secret.get_secret_value())
    functions = {
        "server": partial(check_server, access, route=_route(context.variables), limit=context.limit),
        "clock": partial(check_clock, access, limit=context.limit),
    }
    for name, function in functions.items():
        yield CheckSpec(name, function if context.network else _fixed(_NO_NETWORK))


def _models(settings: Settings, context: CheckContext) -> Iterator[CheckSpec]:
    try:
        chosen = select_models(settings)
    except SettingsError as error:
        for line in str(error).splitlines():
            detail, _, todo = line.partition("; ")
            yield CheckSpec("models", _fixed(problem(detail, todo or "set the named setting, or choose other models")))
        return
    yield CheckSpec("models", _fixed(ok(f"preset {chosen.preset}: {chosen.why}", "; ".join(chosen.notes))))
    yield CheckSpec("vad", _model_check(chosen.vad, settings, context))
    realtime = (chosen.realtime,) if chosen.realtime is not None else ()
    for stage in (realtime, chosen.stt, chosen.llm, chosen.tts):
        for number, choice in enumerate(stage):
            function = _model_check(choice, settings, context)
            fallback = CheckSpec(f"{choice.stage} fallback", _as_warning(function))
            yield fallback if number else CheckSpec(choice.stage, function)


def _postgres(settings: Settings, context: CheckContext) -> Iterator[CheckSpec]:
    if (address := settings.postgres_address) is not None:
        yield CheckSpec("postgres", partial(check_postgres, address) if context.network else _fixed(_NO_NETWORK))


def _model_check(choice: Choice, settings: Settings, context: CheckContext) -> CheckFunction:
    provider = PROVIDERS.get(choice.provider)
    if provider is None:
        return partial(check_offline, choice)
    if not context.network:
        return _fixed(_NO_NETWORK)
    route = Route(usual=True) if provider is openai else _route(context.variables)
    return partial(provider, choice, url_name=_variable(settings, choice), route=route, limit=context.limit)


def _variable(settings: Settings, choice: Choice) -> str:
    """Return the name of the setting that holds the address, for the advice in a finding."""
    if choice.base_url is None:
        return ""
    if not choice.local:
        return f"{'OPENAI' if choice.provider == 'responses' else choice.provider.upper()}_BASE_URL"
    own = f"{choice.stage}_url"
    return f"OFFHOOK_{own.upper()}" if getattr(settings, own, None) else "OFFHOOK_LOCAL_URL"


def _route(environ: Mapping[str, str]) -> Route:
    """Return a route through the proxy that LiveKit uses for all requests."""
    return Route(proxy=environ.get("HTTPS_PROXY") or environ.get("HTTP_PROXY") or None)


def _as_warning(function: CheckFunction) -> CheckFunction:
    """Return a check that reports a problem as a warning, because calls work while the first provider works."""

    async def check() -> Finding:
        found = await function()
        return replace(found, state="warning") if found.state == "problem" else found

    return check


_NO_NETWORK = skipped("not checked: --offline")


def _fixed(finding: Finding) -> CheckFunction:
    async def check() -> Finding:
        return finding

    return check
