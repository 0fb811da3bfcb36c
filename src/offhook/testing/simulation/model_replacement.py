"""Replaces the VAD, STT, LLM and TTS of an agent file with the models of a simulated call."""

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, Literal
from unittest import mock

from livekit.agents import Agent, AgentSession, NotGiven, inference

from offhook.testing.simulation.sounds import Line
from offhook.testing.simulation.told_models import ToldDetector, ToldRecogniser
from offhook.testing.simulation.tone_tts import ToneTts

__all__ = ["ModelReplacement", "Models", "replace_models", "without_turn_model"]

Models = Literal["fakes", "offline", "own"]
_STAGES = ("vad", "stt", "tts", "llm")
_OLD_TURNS = ("turn_detection", "min_endpointing_delay", "max_endpointing_delay", "allow_interruptions")


class ModelReplacement:
    """The models of one simulated call.

    `fakes` get the caller's words without recognition; `offline` models run on this machine.
    """

    def __init__(self, models: Models, line: Line, make_llm: Callable[[object], object], *, told: bool) -> None:
        """`make_llm` gets the LLM that the agent file sets, and returns the LLM for the call."""
        self._models, self._line, self._brain, self._told = models, line, make_llm, told

    def stage(self, name: str, given: object) -> object:
        """Return the model that replaces `given` in this stage; a model made for simulations is not replaced."""
        if getattr(given, "simulated", False):
            return given
        match name:
            case "llm":
                return self._brain(given)
            case "vad" if self._models == "fakes":
                return ToldDetector(self._line)
            case "stt" if self._told:
                return ToldRecogniser(self._line)
            case "tts" if self._models == "fakes":
                return ToneTts()
        return _offline(name)


def _offline(name: str) -> object:
    # These modules need the offline extra, so they are imported only when used.
    from offhook.models.offline.recogniser import PocketSphinx  # noqa: PLC0415
    from offhook.models.offline.voice import OfflineVoice  # noqa: PLC0415

    match name:
        case "vad":
            return inference.VAD(model="silero")
        case "stt":
            return PocketSphinx(vad=inference.VAD(model="silero"))
    return OfflineVoice()


@contextmanager
def replace_models(models: ModelReplacement | None, started: Callable[[AgentSession[Any]], None]) -> Iterator[None]:
    """Replace the models of every session and agent made inside the block; if `models` is None, replace no models.

    `started` is called with each session right before the session starts.
    """
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(AgentSession, "start", _starting(AgentSession.start, started)))
        if models is not None:
            stack.enter_context(mock.patch.object(AgentSession, "__init__", _session(AgentSession.__init__, models)))
            stack.enter_context(mock.patch.object(Agent, "__init__", _agent(Agent.__init__, models)))
        yield


def _starting(start: Callable[..., Any], started: Callable[[AgentSession[Any]], None]) -> Callable[..., Any]:
    @functools.wraps(start)
    async def starts(self: AgentSession[Any], *args: Any, **options: Any) -> Any:
        started(self)
        return await start(self, *args, **options)

    return starts


def _session(init: Callable[..., None], models: ModelReplacement) -> Callable[..., None]:
    @functools.wraps(init)
    def initialise(self: AgentSession[Any], *args: Any, **options: Any) -> None:
        for name in _STAGES:
            if name != "vad" or options.get("vad", ...) is not None:  # `vad=None` in the agent file means no VAD
                options[name] = models.stage(name, options.get(name))
        init(self, *args, **without_turn_model(options, always=True))

    return initialise


def _agent(init: Callable[..., None], models: ModelReplacement) -> Callable[..., None]:
    @functools.wraps(init)
    def initialise(self: Agent, *args: Any, **options: Any) -> None:
        for name in _STAGES:
            if options.get(name) is not None and not isinstance(options[name], NotGiven):
                options[name] = models.stage(name, options[name])
        init(self, *args, **without_turn_model(options, always=False))

    return initialise


def without_turn_model(options: dict[str, Any], *, always: bool) -> dict[str, Any]:
    """Return the options with VAD in place of a turn-detection model. A turn detector made for simulations is not
    replaced.
    """
    handling = options.get("turn_handling")
    if isinstance(handling, Mapping):
        detector = handling.get("turn_detection")
        kept = getattr(detector, "simulated", False)
        # offhook's own turn detectors store the options that they replaced (`plain`). A simulation that does not keep
        # the detector uses the stored options.
        chosen = dict(handling if kept else getattr(detector, "plain", handling))
        if not kept and ("turn_detection" in chosen or always):
            chosen["turn_detection"] = _without_model(chosen.get("turn_detection"))
        chosen["interruption"] = {**chosen.get("interruption", {}), "mode": "vad"}
        options["turn_handling"] = chosen
    elif any(name in options for name in _OLD_TURNS):
        options["turn_detection"] = _without_model(options.get("turn_detection"))
    elif always:
        options["turn_handling"] = {"turn_detection": "vad", "interruption": {"mode": "vad"}}
    return options


def _without_model(chosen: object) -> str:
    return chosen if isinstance(chosen, str) and chosen != "realtime_llm" else "vad"
