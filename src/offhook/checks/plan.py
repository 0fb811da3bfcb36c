"""Which things there are to check, for these settings."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from offhook.checks.agent import PORT, Agent, find_agent_file, inspect, look_at_agent
from offhook.checks.finding import Finding, ok, problem, skipped
from offhook.checks.journal import look_at_disk, look_at_journal
from offhook.checks.local import look_at_local_server
from offhook.checks.machine import look_at_capacity, look_at_port, look_at_versions
from offhook.checks.offline import look_here
from offhook.checks.providers import cartesia, deepgram, openai
from offhook.checks.run import LIMIT, Once, Trial
from offhook.checks.server import Access, look_at_clock, look_at_server
from offhook.checks.web import Route
from offhook.choices import Choice, choices
from offhook.core.errors import SettingsError
from offhook.settings import Settings

__all__ = ["Surroundings", "trials"]

Look = Callable[[], Awaitable[Finding]]

PROVIDERS = {"deepgram": deepgram, "cartesia": cartesia, "openai": openai, "responses": openai}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the checks need to know beside the settings."""

    variables: Mapping[str, str] = field(repr=False)
    folder: Path
    agent_file: Path | None = None
    network: bool = True
    hide: Callable[[str], str] = lambda text: text
    limit: float = LIMIT


def trials(settings: Settings, around: Surroundings) -> list[Trial]:
    """All checks, in the order in which they are shown."""
    path = find_agent_file(around.agent_file, around.folder)
    path = path.relative_to(around.folder) if path and path.is_relative_to(around.folder) else path
    agent = Once(partial(inspect, path, environ=around.variables, hide=around.hide))

    async def look_at_file() -> Finding:
        return look_at_agent(await agent.get(), path, around.variables)

    async def look_at_its_port() -> Finding:
        found = await agent.get()
        return await look_at_port(found.port if isinstance(found, Agent) else PORT)

    return [
        Trial("versions", look_at_versions),
        Trial("settings", _said(ok(f"readable: {_sources(around.folder)}"))),
        Trial("agent", look_at_file),
        *_server(settings, around),
        *_models(settings, around),
        Trial("capacity", partial(look_at_capacity, settings)),
        Trial("port", look_at_its_port),
        Trial("journal", partial(look_at_journal, settings.journal)),
        Trial("disk", partial(look_at_disk, settings.journal)),
    ]


def _sources(folder: Path) -> str:
    return ", ".join(["the environment", *(name for name in (".env.local", ".env") if (folder / name).is_file())])


def _server(settings: Settings, around: Surroundings) -> Iterator[Trial]:
    url, key, secret = settings.livekit_url, settings.livekit_api_key, settings.livekit_api_secret
    if url is None:
        yield Trial("server", partial(look_at_local_server, settings, around.variables))
        return
    values = {"LIVEKIT_API_KEY": key, "LIVEKIT_API_SECRET": secret}
    missing = " and ".join(name for name, value in values.items() if not value)
    if key is None or secret is None:
        yield Trial("server", _said(problem(f"LIVEKIT_URL is set without {missing}", f"set {missing}")))
        return
    access = Access(url, key, secret.get_secret_value())
    looks = {
        "server": partial(look_at_server, access, route=_route(around.variables), limit=around.limit),
        "clock": partial(look_at_clock, access, limit=around.limit),
    }
    for name, look in looks.items():
        yield Trial(name, look if around.network else _said(_NO_NETWORK))


def _models(settings: Settings, around: Surroundings) -> Iterator[Trial]:
    try:
        chosen = choices(settings)
    except SettingsError as error:
        for line in str(error).splitlines():
            detail, _, todo = line.partition("; ")
            yield Trial("models", _said(problem(detail, todo or "set what it names, or choose other models")))
        return
    yield Trial("models", _said(ok(f"preset {chosen.preset}: {chosen.why}", "; ".join(chosen.notes))))
    yield Trial("vad", _look(chosen.vad, settings, around))
    realtime = (chosen.realtime,) if chosen.realtime is not None else ()
    for stage in (realtime, chosen.stt, chosen.llm, chosen.tts):
        for number, choice in enumerate(stage):
            look = _look(choice, settings, around)
            yield Trial(f"{choice.stage} stand-in", _forgiven(look)) if number else Trial(choice.stage, look)


def _look(choice: Choice, settings: Settings, around: Surroundings) -> Look:
    ask = PROVIDERS.get(choice.provider)
    if ask is None:
        return partial(look_here, choice)
    if not around.network:
        return _said(_NO_NETWORK)
    route = Route(usual=True) if ask is openai else _route(around.variables)
    return partial(ask, choice, url_name=_variable(settings, choice), route=route, limit=around.limit)


def _variable(settings: Settings, choice: Choice) -> str:
    """The setting that the address comes from, for the words of an advice."""
    if choice.base_url is None:
        return ""
    if not choice.local:
        return f"{'OPENAI' if choice.provider == 'responses' else choice.provider.upper()}_BASE_URL"
    own = f"{choice.stage}_url"
    return f"OFFHOOK_{own.upper()}" if getattr(settings, own, None) else "OFFHOOK_LOCAL_URL"


def _route(environ: Mapping[str, str]) -> Route:
    """LiveKit sends all it asks through this one proxy."""
    return Route(proxy=environ.get("HTTPS_PROXY") or environ.get("HTTP_PROXY") or None)


def _forgiven(look: Look) -> Look:
    """A stand-in that does not work is no problem as long as the first one does."""

    async def forgive() -> Finding:
        found = await look()
        return replace(found, state="warning") if found.state == "problem" else found

    return forgive


_NO_NETWORK = skipped("not asked: --offline")


def _said(finding: Finding) -> Look:
    async def say() -> Finding:
        return finding

    return say
