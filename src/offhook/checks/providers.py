"""Sends requests to model providers, to check that the API key is accepted and the model exists."""

import asyncio
import difflib
from collections.abc import Awaitable, Iterable, Mapping
from urllib.parse import quote

import aiohttp

from offhook.checks.finding import Finding, ok, problem, warning
from offhook.checks.http_errors import http_error
from offhook.checks.secrets import redact_url
from offhook.checks.web import Answer, Endpoint, Route, fetch, unreachable
from offhook.selection import Choice

__all__ = ["cartesia", "deepgram", "openai"]

OPENAI = "https://api.openai.com/v1"
DEEPGRAM = "https://api.deepgram.com"
CARTESIA = "https://api.cartesia.ai"
CARTESIA_VERSION = "2025-04-16"  # the API version that LiveKit's plugin sends


async def deepgram(choice: Choice, *, url_name: str, route: Route, limit: float) -> Finding:
    """Check that Deepgram accepts the API key, and that Deepgram's list of public models has the model."""
    place = Endpoint(_root(choice.base_url or DEEPGRAM, "/v1/listen", "/v1"), url_name, choice.key_name)
    headers = {"Authorization": f"Token {_key(choice)}"}

    async def ask() -> Finding:
        answer = await fetch(f"{place.url}/v1/projects", headers=headers, route=route)
        if answer.status == 404:
            return _unlisted(choice, place)
        if (refused := http_error(answer, place)) is not None:
            return refused
        listed = await fetch(f"{place.url}/v1/models", headers=headers, route=route)
        return _deepgram_model(choice, _deepgram_names(listed.data))

    return _keyless(choice, place) or await _within(limit, place, ask())


async def openai(choice: Choice, *, url_name: str, route: Route, limit: float) -> Finding:
    """Check that a server with OpenAI's protocol accepts the API key and lists the model."""
    root = _root(choice.base_url or OPENAI, "/chat/completions", "/responses", "/realtime")
    place = Endpoint(root, url_name, choice.key_name)
    headers = {"Authorization": f"Bearer {_key(choice)}"} if choice.key else {}

    async def ask() -> Finding:
        answer = await fetch(f"{place.url}/models", headers=headers, route=route)
        if answer.status == 404 or answer.page:
            deeper = await _names_at(f"{place.url}/v1/models", headers, route)
            if deeper:
                todo = f"set {url_name or 'the address'} to {redact_url(place.url)}/v1"
                return problem(f"{redact_url(place.url)} lacks the path /v1", todo)
        if answer.status == 404:
            return _unlisted(choice, place)
        if (refused := http_error(answer, place)) is not None:
            return refused
        return _openai_model(choice, place, _names(answer.data))

    needed = _keyless(choice, place) if choice.base_url is None or choice.key else None
    return needed or await _within(limit, place, ask())


async def cartesia(choice: Choice, *, url_name: str, route: Route, limit: float) -> Finding:
    """Check that Cartesia accepts the API key and has the voice."""
    place = Endpoint(_root(choice.base_url or CARTESIA, "/tts/websocket", "/tts/bytes"), url_name, choice.key_name)
    headers = {"X-API-Key": _key(choice), "Cartesia-Version": CARTESIA_VERSION}

    async def ask() -> Finding:
        answer = await fetch(f"{place.url}/voices?limit=100", headers=headers, route=route)
        if answer.status == 404:
            return _unlisted(choice, place)
        if (refused := http_error(answer, place)) is not None:
            return refused
        if not choice.voice or choice.voice in _names(answer.data):
            return ok(f"{_who(choice)}: key accepted" + (", voice known" if choice.voice else ""))
        one = await fetch(f"{place.url}/voices/{quote(choice.voice, safe='')}", headers=headers, route=route)
        if one.status == 200:
            return ok(f"{_who(choice)}: key accepted, voice known")
        return problem(
            f"{_who(choice)}: key accepted, but there is no voice {choice.voice}",
            "copy the voice's id from Cartesia's voice library, or leave it empty for the default voice",
        )

    return _keyless(choice, place) or await _within(limit, place, ask())


async def _within(limit: float, place: Endpoint, request: Awaitable[Finding]) -> Finding:
    try:
        async with asyncio.timeout(limit):
            return await request
    except (aiohttp.ClientError, OSError, ValueError) as error:  # `TimeoutError` is an `OSError`
        return unreachable(error, place)


def _keyless(choice: Choice, place: Endpoint) -> Finding | None:
    """Check the form of the API key, without a request to the provider. Return the problem, or None."""
    key, name = _key(choice), place.key_name or "the key"
    if not key:
        return problem(f"{_who(choice)}: there is no key", f"set {name}")
    if not key.isascii() or not key.isprintable() or " " in key:
        return problem(
            f"{_who(choice)}: this is not a valid key", f"copy {name} again: it contains spaces or invalid characters"
        )
    return None


def _openai_model(choice: Choice, place: Endpoint, names: frozenset[str]) -> Finding:
    taken = "key accepted" if choice.key else "no key needed"
    where = f" at {redact_url(place.url)}" if choice.base_url else ""
    model = choice.model
    if not names:
        todo = f"{place.advice}; OpenAI's protocol lists models in another form"
        return warning(f"{_who(choice)}{where}: {taken}, but no models are listed", todo)
    if not model or {model, f"{model}:latest"} & names or any("*" in name for name in names):
        return ok(f"{_who(choice)}{where}: {taken}" + (", model known" if model else ""))
    return problem(f"{_who(choice)}{where}: {taken}, but there is no model {model}", _suggestion(model, names))


def _deepgram_model(choice: Choice, names: frozenset[str]) -> Finding:
    if not choice.model or not names:
        return ok(f"{_who(choice)}: key accepted")
    if choice.model in names:
        return ok(f"{_who(choice)}: key accepted, model known")
    detail = f"{_who(choice)}: key accepted, but {choice.model} is not one of the public models"
    return warning(detail, f"{_suggestion(choice.model, names)}, unless it is a model of your own")


def _suggestion(model: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(model, sorted(names), n=1, cutoff=0.4)
    some = sorted(names)[:5]
    return f"did you mean {near[0]}?" if near else f"name one that exists, such as {', '.join(some)}"


def _unlisted(choice: Choice, place: Endpoint) -> Finding:
    detail = f"{_who(choice)}: {redact_url(place.url)} answers, but has no list (404), so key and model are not checked"
    name = place.url_name or "the address"
    return warning(detail, f"check that the path in {name} is right (/v1 missing or doubled?); if so, ignore this")


def _who(choice: Choice) -> str:
    return f"{choice.provider} {choice.model}".strip()


def _key(choice: Choice) -> str:
    return choice.key.get_secret_value() if choice.key else ""


def _root(url: str, *endings: str) -> str:
    """Return the HTTP address for the check's requests: `url` without the endings that a plugin's address may have."""
    scheme, _, rest = url.partition("://")
    root = f"{ {'ws': 'http', 'wss': 'https'}.get(scheme, scheme) }://{rest}".rstrip("/")
    for ending in endings:
        root = root.removesuffix(ending).rstrip("/")
    return root


async def _names_at(url: str, headers: Mapping[str, str], route: Route) -> frozenset[str]:
    answer: Answer = await fetch(url, headers=headers, route=route)
    return _names(answer.data) if answer.status == 200 else frozenset()


def _names(data: object) -> frozenset[str]:
    """Return the ids in a list in OpenAI's or Cartesia's format."""
    match data:
        case {"data": list(entries)} | list(entries):
            return frozenset(entry["id"] for entry in entries if isinstance(entry, dict) and _text(entry.get("id")))
    return frozenset()


def _deepgram_names(data: object) -> frozenset[str]:
    """Return every name that Deepgram's answer gives to a speech recognition model."""
    if not isinstance(data, dict) or not isinstance(data.get("stt"), list):
        return frozenset()
    models = [entry for entry in data["stt"] if isinstance(entry, dict)]
    names = {entry.get(word) for entry in models for word in ("name", "canonical_name", "architecture")}
    joined = {f"{entry.get('architecture')}-{entry.get('name')}" for entry in models}
    return frozenset(name for name in names | joined if isinstance(name, str) and name)


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value)
