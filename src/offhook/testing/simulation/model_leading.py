"""Connects the models of an agent file to the sandbox, and replaces models that the sandbox does not emulate."""

import functools
import importlib
import importlib.util
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from livekit.agents import Agent, AgentSession, NotGiven, llm, stt, tts

from offhook.testing.simulation.model_replacement import without_turn_model

__all__ = ["ADAPTERS", "PATHS", "ModelLeading", "lead_models"]

_PLUGINS = "livekit.plugins."
PATHS = {
    "deepgram.STT": "/v1/listen",
    "openai.LLM": "/v1",
    "openai.STT": "/v1",
    "openai.TTS": "/v1",
    "openai.responses.LLM": "/v1/responses",
    "openai.realtime.RealtimeModel": "/v1",
    "cartesia.TTS": "",
}
"""The plugin classes whose provider the sandbox emulates, each with the path after the sandbox's address."""
_INSTEAD = {"stt": "deepgram.STT", "llm": "openai.LLM", "tts": "cartesia.TTS"}
ADAPTERS = {
    "stt": (stt.FallbackAdapter, stt.StreamAdapter, stt.MultiSpeakerAdapter),
    "llm": (llm.FallbackAdapter,),
    "tts": (tts.FallbackAdapter, tts.StreamAdapter),
}
_LOCAL = (f"{_PLUGINS}silero", f"{_PLUGINS}turn_detector")
"""Plugins whose models run on this machine."""


class ModelLeading:
    """Gives the sandbox's address to the plugins; `replaced` has one line for each class that was replaced."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.replaced: list[str] = []

    def init(self, init: Callable[..., None], path: str) -> Callable[..., None]:
        """Return a constructor that uses the sandbox's address instead of the address in the agent file."""

        @functools.wraps(init)
        def initialise(model: Any, /, *args: Any, **options: Any) -> None:
            if self._url.partition("://")[2] not in str(options.get("base_url")):
                options = {name: value for name, value in options.items() if name != "client"}
                options["base_url"] = self._url + path
            init(model, *args, **options)

        return initialise

    def stage(self, name: str, given: Any) -> Any:
        """Return `given`; but for a plugin's model whose provider the sandbox does not emulate, return an emulated
        model.
        """
        kind = type(given)
        if not kind.__module__.startswith(_PLUGINS) or kind.__module__.startswith(_LOCAL) or _emulated(kind):
            return given
        other = "openai.realtime.RealtimeModel" if isinstance(given, llm.RealtimeModel) else _INSTEAD[name]
        was = f"{kind.__module__.removeprefix(_PLUGINS).partition('.')[0]}.{kind.__name__}"
        line = f"{was} is replaced by {other}, because the sandbox does not emulate {was}"
        if line not in self.replaced:
            self.replaced.append(line)
        return _class(other)()


def _class(name: str) -> Any:
    """Return the plugin class of this name, such as `openai.responses.LLM`; None if the plugin is not installed."""
    plugin, _, rest = name.partition(".")
    if importlib.util.find_spec(_PLUGINS + plugin) is None:
        return None
    return functools.reduce(getattr, rest.split("."), importlib.import_module(_PLUGINS + plugin))


def _emulated(kind: type) -> bool:
    return any((known := _class(name)) is not None and issubclass(kind, known) for name in PATHS)


@contextmanager
def lead_models(leading: ModelLeading) -> Iterator[None]:
    """Inside the block, connect each new model, session and agent to the sandbox."""
    with ExitStack() as stack:

        def patch(kind: Any, init: Callable[..., None]) -> None:
            stack.enter_context(mock.patch.object(kind, "__init__", init))

        for name, path in PATHS.items():
            if (kind := _class(name)) is not None:
                patch(kind, leading.init(kind.__init__, path))
        for stage, kinds in ADAPTERS.items():
            for adapter in kinds:
                patch(adapter, _adapter(adapter.__init__, stage, leading))
        patch(AgentSession, _user(AgentSession.__init__, leading, session=True))
        patch(Agent, _user(Agent.__init__, leading, session=False))
        yield


def _adapter(init: Callable[..., None], stage: str, leading: ModelLeading) -> Callable[..., None]:
    def led(given: Any) -> Any:
        return [leading.stage(stage, one) for one in given] if isinstance(given, list) else leading.stage(stage, given)

    @functools.wraps(init)
    def initialise(adapter: Any, /, *args: Any, **options: Any) -> None:
        if stage in options:
            options[stage] = led(options[stage])
        init(adapter, *(led(one) if not at else one for at, one in enumerate(args)), **options)

    return initialise


def _user(init: Callable[..., None], leading: ModelLeading, *, session: bool) -> Callable[..., None]:
    """Return a constructor for `AgentSession` or `Agent`. The constructor replaces models that the sandbox does not
    emulate, and uses VAD in place of a turn-detection model.
    """

    @functools.wraps(init)
    def initialise(user: Any, /, *args: Any, **options: Any) -> None:
        for name in _INSTEAD:
            if options.get(name) is not None and not isinstance(options[name], NotGiven | str):
                options[name] = leading.stage(name, options[name])
        if not isinstance(options.get("llm"), llm.RealtimeModel):
            options = without_turn_model(options, always=session)
        init(user, *args, **options)

    return initialise
