"""Changes the options of a running model through its plugin's own `update_options`.

Each change is prepared first. If the model would ignore a value, `prepare` raises `UnsupportedError` before anything is
changed.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from livekit.agents.llm import RealtimeModel

from offhook.core.errors import OffhookError, UnsupportedError
from offhook.models.made import members_of

__all__ = ["TRIED", "Change", "Option", "Plugin", "TriedPlugin", "check_range", "kinds_of", "prepare"]

Option = Literal["model", "voice", "language", "speed"]


@dataclass(frozen=True, slots=True)
class TriedPlugin:
    """A plugin that offhook has tried. `takes` are the options that the plugin's `update_options` really changes during
    a call. `why` is the reason why other options do not change. `speeds` are the lowest and the highest speed.
    """

    takes: frozenset[Option]
    why: str
    speeds: tuple[float, float] = (1.0, 1.0)


Plugin = Literal["llm", "stt", "tts"]

_LOCAL = "this model runs on this machine and has no options"
_CARTESIA_STT = "Cartesia's STT ignores a new model or language, with a warning in the log"
_OPENAI_VOICE = "OpenAI's TTS speaks the language of the text"
_FLUX_LANGUAGE = "the language of Deepgram's Flux is part of its model's name"

TRIED: Mapping[str, TriedPlugin] = {
    "livekit.plugins.cartesia.tts.TTS": TriedPlugin(frozenset({"model", "voice", "language", "speed"}), "", (0.6, 2.0)),
    "livekit.plugins.openai.tts.TTS": TriedPlugin(frozenset({"model", "voice", "speed"}), _OPENAI_VOICE, (0.25, 4.0)),
    "livekit.plugins.deepgram.stt.STT": TriedPlugin(frozenset({"model", "language"}), ""),
    "livekit.plugins.deepgram.stt_v2.STTv2": TriedPlugin(frozenset({"model"}), _FLUX_LANGUAGE),
    "livekit.plugins.openai.stt.STT": TriedPlugin(frozenset({"model", "language"}), ""),
    "livekit.plugins.cartesia.stt.STT": TriedPlugin(frozenset(), _CARTESIA_STT),
    "offhook.models.offline.recogniser.PocketSphinx": TriedPlugin(frozenset(), _LOCAL),
    "offhook.models.offline.voice.OfflineVoice": TriedPlugin(frozenset(), _LOCAL),
}
"""Each key is the full name of a plugin's class. Tests compare each row with the requests that the provider sandbox
receives.
"""

_ADAPTERS = ("FallbackAdapter", "StreamAdapter")
_ADVICE = {
    "llm": "give the agent another LLM with agent.update_options(llm=…)",
    "stt": "give the agent another STT with agent.update_options(stt=…)",
    "tts": "give the agent another TTS with agent.update_options(tts=…)",
}


@dataclass(frozen=True, slots=True)
class Change:
    """A prepared change. `apply` makes the change; `detail` is a note for the operator."""

    apply: Callable[[], None]
    detail: str = ""


def prepare(plugin: Plugin, model: Any, options: Mapping[str, Any]) -> Change:
    """Prepare a change of the options of a running LLM, STT or TTS. If the model is a fallback adapter that offhook
    made, only the first model of the adapter is changed.

    Raises `UnsupportedError` if the model does not exist or would ignore an option, and `OffhookError` for a bad value.
    """
    if model is None or isinstance(model, RealtimeModel):
        raise UnsupportedError(f"the current agent has no {plugin.upper()}, so there is nothing to change")
    first, *others = members_of(model)
    kept = "; ".join(f"the fallback {_name(other)} stays as it is" for other in others)
    tried = next((TRIED[name] for name in kinds_of(first) if name in TRIED), None)
    if tried is None:
        return _untried(plugin, first, options, kept)
    if ignored := sorted(options.keys() - tried.takes):
        why = tried.why or "its plugin has no such option"
        raise UnsupportedError(f"{_name(first)} cannot change its {' and '.join(ignored)} during a call: {why}")
    _check(first, tried, options)
    return Change(lambda: first.update_options(**options), kept)


def kinds_of(model: Any) -> list[str]:
    """Return the full names of the model's class and of its base classes."""
    return [f"{kind.__module__}.{kind.__qualname__}" for kind in type(model).__mro__]


def check_range(name: str, value: float | None, low: float, high: float) -> None:
    """Raise `OffhookError` for a number outside of the range. NaN counts as outside."""
    if value is not None and not low <= value <= high:
        raise OffhookError(f"{name}={value:g} is not possible; give {low:g} to {high:g}")


def _check(model: Any, tried: TriedPlugin, options: Mapping[str, Any]) -> None:
    """Raise an error for a value that this plugin accepts but its provider refuses, ignores or replaces."""
    kind, name = kinds_of(model)[0], str(options.get("model", model.model))
    check_range("speed", options.get("speed"), *tried.speeds)
    if "speed" in options and kind.startswith("livekit.plugins.cartesia") and not name.startswith("sonic-3"):
        raise UnsupportedError(f"Cartesia's {name} cannot change its speed; use sonic-3")
    if kind.startswith("livekit.plugins.deepgram") and name.startswith("flux") != kind.endswith("STTv2"):
        raise UnsupportedError(f"{name} uses another API of Deepgram than {model.model}; {_ADVICE['stt']}")


def _untried(plugin: Plugin, model: Any, options: Mapping[str, Any], kept: str) -> Change:
    """Prepare a change of the options of a plugin that is not in `TRIED`. An option can be changed if the plugin's
    `update_options` has a parameter with the option's name.
    """
    name = _name(model)
    update = getattr(model, "update_options", None)
    if update is None:
        adapter = type(model).__name__ in _ADAPTERS
        why = "it does not expose its models" if adapter else "its plugin has no update_options"
        raise UnsupportedError(f"{name} cannot be changed during a call: {why}; {_ADVICE[plugin]}")
    if ignored := sorted(options.keys() - inspect.signature(update).parameters.keys()):
        raise UnsupportedError(f"{name} has no option {' and '.join(ignored)}; {_ADVICE[plugin]}")

    def apply() -> None:
        try:
            update(**options)
        except (TypeError, ValueError) as error:
            raise OffhookError(f"{name} refused the change: {error}") from error
        if "model" in options and model.model != options["model"]:
            raise UnsupportedError(f"{name} ignored the new model; {_ADVICE[plugin]}")

    return Change(apply, "; ".join(filter(None, [f"offhook has not tried {name}: check the next answer", kept])))


def _name(model: Any) -> str:
    return str(model.label).removeprefix("livekit.plugins.").removeprefix("livekit.agents.")
