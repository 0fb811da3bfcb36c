"""Records which API keys, addresses and fallbacks the models of an agent file use, and describes these models.

`offhook check` shows the descriptions.
"""

import functools
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from livekit.agents import inference, llm

from offhook.checks.file_models import MadeModel
from offhook.models.made import how_made, members_of
from offhook.testing.simulation.model_leading import ADAPTERS, PATHS

__all__ = ["ModelNotes"]

_PLUGINS = "livekit.plugins."
_INFERENCE = "livekit.agents.inference"
_OTHERS = {"api_key", "base_url", "client", "http_client", "api_secret"}
"""A model with one of these arguments may use another API key or address than the usual one."""
_LOCAL = ("silero", "turn_detector")
"""Plugins whose models run on this machine."""


class ModelNotes:
    """Notes about the models made so far. `missing` has the API keys that each plugin needed and did not find."""

    def __init__(self) -> None:
        self.missing: dict[str, list[str]] = {}
        self._options: dict[int, dict[str, Any]] = {}
        self._members: dict[int, Sequence[Any]] = {}
        self._kept: list[Any] = []  # keeps the objects alive, so that no later object gets the same id

    def key_missing(self, plugin: str, name: str) -> None:
        """Record an unset variable if its name ends in _API_KEY; other variables are optional in most plugins."""
        names = self.missing.setdefault(plugin, [])
        if name.endswith("_API_KEY") and name not in names:
            names.append(name)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Record the models in each adapter (such as `FallbackAdapter`) that is made inside the block."""
        with ExitStack() as stack:
            for kinds in ADAPTERS.values():
                for kind in kinds:
                    stack.enter_context(mock.patch.object(kind, "__init__", self._adapter(kind.__init__)))
            yield

    @contextmanager
    def taken_of_plugins(self) -> Iterator[None]:
        """Record the arguments of each model that is made inside the block, if its plugin is already imported."""
        with ExitStack() as stack:
            for path in PATHS:
                plugin, _, rest = path.partition(".")
                if _PLUGINS + plugin in sys.modules:
                    kind: Any = functools.reduce(getattr, rest.split("."), sys.modules[_PLUGINS + plugin])
                    stack.enter_context(mock.patch.object(kind, "__init__", self._model(kind.__init__)))
            yield

    def described(self, stage: str, model: Any) -> list[MadeModel]:
        """Describe a model; for an adapter, describe the models in the adapter instead."""
        if model is None or isinstance(model, str):
            return [MadeModel("turn detection", "mode", model)] if model else []
        members = self._members.get(id(model), members_of(model))
        if list(members) != [model]:
            inner = [one for member in members for one in self.described(stage, member)]
            return [one if not number else one.as_fallback() for number, one in enumerate(inner)]
        name = "realtime" if isinstance(model, llm.RealtimeModel) else stage.replace("_", " ")
        return [self._described(name, model)]

    def _described(self, stage: str, model: Any) -> MadeModel:
        kind = type(model)
        name = str(getattr(model, "model", "") or "").replace("unknown", "")
        if how_made(model) is not None:
            return MadeModel(stage, "offhook", name)
        if isinstance(model, inference.VAD) or (stage == "turn detection" and name.endswith("-mini")):
            return MadeModel(stage, "local", f"{name}, included in livekit-agents")
        if stage == "turn detection" and kind.__module__.startswith("offhook."):
            return MadeModel(stage, "mode", "the endpointing of offhook")
        if kind.__module__.startswith(_INFERENCE):
            return MadeModel(stage, "inference", name)
        if not kind.__module__.startswith(_PLUGINS):
            return MadeModel(stage, "own", f"{kind.__module__}.{kind.__qualname__}")
        plugin = kind.__module__.removeprefix(_PLUGINS).partition(".")[0]
        options = self._options.get(id(model))
        return MadeModel(
            stage,
            "local" if plugin in _LOCAL else "plugin",
            f"{plugin}.{kind.__qualname__} {name}".strip() if plugin in _LOCAL else name,
            plugin=plugin,
            kind=kind.__qualname__,
            usual=options is not None and not _OTHERS & options.keys(),
            voice=voice if isinstance(voice := (options or {}).get("voice"), str) else "",
        )

    def _model(self, init: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(init)
        def initialise(model: Any, /, *args: Any, **options: Any) -> None:
            self._options[id(model)] = options
            self._kept.append(model)
            init(model, *args, **options)

        return initialise

    def _adapter(self, init: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(init)
        def initialise(adapter: Any, /, *args: Any, **options: Any) -> None:
            first = args[0] if args else next((options[name] for name in ADAPTERS if name in options), None)
            self._members[id(adapter)] = first if isinstance(first, list) else [first]
            self._kept.append(adapter)
            init(adapter, *args, **options)

        return initialise
