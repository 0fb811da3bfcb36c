"""Builds the checks of the models that a call uses. The models come from the settings or from the agent file."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from offhook.checks.file_models import TIME, FileModels, MadeModel
from offhook.checks.finding import Finding, ok, problem, skipped, warning
from offhook.checks.offline import check_offline
from offhook.checks.providers import cartesia, deepgram, openai
from offhook.checks.run import CheckSpec
from offhook.checks.web import Route
from offhook.core.errors import SettingsError
from offhook.selection import Choice, Stage, select_models
from offhook.settings import Settings

__all__ = ["NO_NETWORK", "ModelChecks", "fixed", "route"]

CheckFunction = Callable[[], Awaitable[Finding]]

PROVIDERS = {"deepgram": deepgram, "cartesia": cartesia, "openai": openai, "responses": openai}
_ASKED = {
    "deepgram.STT": deepgram,
    "openai.LLM": openai,
    "openai.STT": openai,
    "openai.TTS": openai,
    "openai.RealtimeModel": openai,
    "cartesia.TTS": cartesia,
}
"""The check function for each plugin class whose provider can be asked whether the API key and the model are valid."""
_INFERENCE_KEYS = "LIVEKIT_INFERENCE_API_KEY and LIVEKIT_INFERENCE_API_SECRET"


class ModelChecks:
    """Makes the checks of the models that a call uses. `limit` is the number of seconds that a provider may take to
    answer.
    """

    def __init__(self, settings: Settings, environ: Mapping[str, str], *, network: bool, limit: float) -> None:
        self._settings, self._environ = settings, environ
        self._network, self._limit = network, limit

    def chosen(self, stages: Sequence[str] | None = None) -> Iterator[CheckSpec]:
        """Yield the checks of the models that the settings choose. `stages` are the stages for which the agent file
        uses these models; None means all stages.
        """
        try:
            chosen = select_models(self._settings)
        except SettingsError as error:
            for line in str(error).splitlines():
                detail, _, todo = line.partition("; ")
                todo = todo or "set the named setting, or choose other models"
                yield CheckSpec("models", fixed(problem(detail, todo)))
            return
        used = "" if stages is None else f" (used for {', '.join(stages)})"
        yield CheckSpec("models", fixed(ok(f"preset {chosen.preset}: {chosen.why}{used}", "; ".join(chosen.notes))))
        realtime = (chosen.realtime,) if chosen.realtime is not None else ()
        for stage in ((chosen.vad,), realtime, chosen.stt, chosen.llm, chosen.tts):
            for number, choice in enumerate(stage):
                if stages is None or choice.stage in stages:
                    yield _spec(choice.stage, self._choice(choice), fallback=bool(number))

    def made(self, found: FileModels, path: Path, *, serves: bool) -> Iterator[CheckSpec]:
        """Yield the checks of the models that the file made. If `serves` is True, the settings choose the models that a
        plan omits.
        """
        yield from self._start(found, path)
        own = [one for one in found.models if one.source != "offhook"]
        preset = list(dict.fromkeys(one.stage for one in found.models if one.source == "offhook"))
        mixed = any(one.stage != "turn detection" for one in own)
        if preset or (serves and not found.started):
            yield from self.chosen(preset if mixed else None)
        elif own:
            yield CheckSpec("models", fixed(ok(f"made by {path}, at session.start")))
        for one in own:
            yield _spec(one.stage, self._made(one, found.missing.get(one.plugin, ())), fallback=one.fallback)

    def _start(self, found: FileModels, path: Path) -> Iterator[CheckSpec]:
        """Yield a check for each reason why the session does not start. Missing API keys are left out, because the
        check of each model reports its missing keys.
        """
        if found.late:
            todo = "give requests before session.start a time limit, or try again on an idle machine"
            yield CheckSpec("session", fixed(warning(f"{path} does not reach session.start within {TIME:g} s", todo)))
        told = found.started and any(found.missing.get(one.plugin) for one in found.models)
        for error in () if told else found.errors:
            detail, _, todo = error.partition("; ")
            todo = todo or f"fix the error; see the whole call with: offhook simulate {path}"
            yield CheckSpec("session", fixed(problem(detail, todo)))
        if not found.started and not found.errors and not found.late:
            todo = f"see what the file does with: offhook simulate {path}"
            yield CheckSpec("session", fixed(warning(f"{path} starts no session, so its models are not known", todo)))

    def _made(self, model: MadeModel, missing: Sequence[str]) -> CheckFunction:
        who = f"{model.plugin}.{model.kind} {model.name}".strip()
        match model.source:
            case "plugin" if missing:
                return fixed(problem(f"{who}: there is no key", f"set {' and '.join(missing)}"))
            case "plugin":
                return self._asked(model) or fixed(ok(f"{who}: made without an error; its key was not tried"))
            case "inference":
                return fixed(self._inference(model.name))
            case "own":
                return fixed(ok(f"{model.name}, defined in the file's own code"))
        return fixed(ok(model.name))

    def _asked(self, model: MadeModel) -> CheckFunction | None:
        """Return the check that asks the model's provider. Return None if there is no check for this provider, or if
        the API key or the address may come from the agent file.
        """
        check, name = _ASKED.get(f"{model.plugin}.{model.kind}"), f"{model.plugin.upper()}_API_KEY"
        key = self._environ.get(name)
        if check is None or not model.usual or not key:
            return None
        if not self._network:
            return fixed(NO_NETWORK)
        url = self._environ.get("OPENAI_BASE_URL") if check is openai else None
        stage: Stage = model.stage  # type: ignore[assignment]  # the plugins of `_ASKED` have only these stages
        choice = Choice(stage, model.plugin, model.name, model.voice, url, SecretStr(key), name, "the agent file")
        way = Route(usual=True) if check is openai else route(self._environ)
        return partial(check, choice, url_name="OPENAI_BASE_URL" if url else "", route=way, limit=self._limit)

    def _inference(self, name: str) -> Finding:
        """Check that an API key of LiveKit Cloud is set for LiveKit Inference."""
        who = f"LiveKit Inference {name}".strip()
        if self._environ.get("LIVEKIT_INFERENCE_URL"):
            return ok(f"{who}: at LIVEKIT_INFERENCE_URL; the key was not tried")
        if self._environ.get("LIVEKIT_INFERENCE_API_KEY"):
            return ok(f"{who}: LIVEKIT_INFERENCE_API_KEY is set; the key was not tried")
        url = self._settings.livekit_url or ""
        if (urlsplit(url).hostname or "").endswith(".livekit.cloud"):
            return ok(f"{who}: with the key of {urlsplit(url).hostname}; the key was not tried")
        where = f"{url} is another server" if url else "LIVEKIT_URL is not set"
        todo = f"set {_INFERENCE_KEYS} to those of a LiveKit Cloud project, or use the provider's plugin"
        return problem(f"{who}: needs a key of LiveKit Cloud, and {where}", todo)

    def _choice(self, choice: Choice) -> CheckFunction:
        provider = PROVIDERS.get(choice.provider)
        if provider is None:
            return partial(check_offline, choice)
        if not self._network:
            return fixed(NO_NETWORK)
        way = Route(usual=True) if provider is openai else route(self._environ)
        return partial(provider, choice, url_name=_variable(self._settings, choice), route=way, limit=self._limit)


def _variable(settings: Settings, choice: Choice) -> str:
    """Return the name of the setting that holds the model's address, for the advice in a finding."""
    if choice.base_url is None:
        return ""
    if not choice.local:
        return f"{'OPENAI' if choice.provider == 'responses' else choice.provider.upper()}_BASE_URL"
    own = f"{choice.stage}_url"
    return f"OFFHOOK_{own.upper()}" if getattr(settings, own, None) else "OFFHOOK_LOCAL_URL"


def route(environ: Mapping[str, str]) -> Route:
    """Return the route of a check's request: through the proxy that LiveKit's sessions use, if a proxy is set."""
    return Route(proxy=environ.get("HTTPS_PROXY") or environ.get("HTTP_PROXY") or None)


def _spec(stage: str, function: CheckFunction, *, fallback: bool) -> CheckSpec:
    return CheckSpec(f"{stage} fallback", _as_warning(function)) if fallback else CheckSpec(stage, function)


def _as_warning(function: CheckFunction) -> CheckFunction:
    """Return a check that reports a fallback's problem as a warning, because calls still work without the fallback."""

    async def check() -> Finding:
        found = await function()
        return replace(found, state="warning") if found.state == "problem" else found

    return check


NO_NETWORK = skipped("not checked: --offline")


def fixed(finding: Finding) -> CheckFunction:
    """Return a check that always has this result."""

    async def check() -> Finding:
        return finding

    return check
