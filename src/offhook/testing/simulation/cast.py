"""Who plays ears, brain and voice of a simulated call; whatever the agent file asks for is replaced by them."""

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, Literal
from unittest import mock

from livekit.agents import Agent, AgentSession, NotGiven, inference

from offhook.testing.simulation.brain import Brain, Replies
from offhook.testing.simulation.ears import ToldDetector, ToldRecogniser
from offhook.testing.simulation.sounds import Line
from offhook.testing.simulation.voices import TimedVoice

__all__ = ["Cast", "Models", "playing"]

Models = Literal["fakes", "offline", "own"]
_STAGES = ("vad", "stt", "tts", "llm")
_OLD_TURNS = ("turn_detection", "min_endpointing_delay", "max_endpointing_delay", "allow_interruptions")


class Cast:
    """One call's models. `fakes` are told what is said; `offline` listen and speak, all on this machine."""

    def __init__(self, models: Models, line: Line, replies: Replies, *, told: bool, thinks: float) -> None:
        self._models, self._line = models, line
        self._replies, self._told, self._thinks = replies, told, thinks

    def stage(self, name: str, given: object) -> object:
        """The model that plays this stage in place of the given one."""
        match name:
            case "llm":
                return Brain(self._replies, under=given, delay=self._thinks)
            case "vad" if self._models == "fakes":
                return ToldDetector(self._line)
            case "stt" if self._told:
                return ToldRecogniser(self._line)
            case "tts" if self._models == "fakes":
                return TimedVoice()
        return _offline(name)


def _offline(name: str) -> object:
    # They need the offline extra, so they are imported when somebody wants them.
    from offhook.models.offline.recogniser import PocketSphinx  # noqa: PLC0415
    from offhook.models.offline.voice import OfflineVoice  # noqa: PLC0415

    match name:
        case "vad":
            return inference.VAD(model="silero")
        case "stt":
            return PocketSphinx(vad=inference.VAD(model="silero"))
    return OfflineVoice()


@contextmanager
def playing(cast: Cast | None, started: Callable[[AgentSession[Any]], None]) -> Iterator[None]:
    """Give every session and agent that is made from here on the models of the cast; None leaves them alone.

    `started` is told of each session right before it starts.
    """
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(AgentSession, "start", _starting(AgentSession.start, started)))
        if cast is not None:
            stack.enter_context(mock.patch.object(AgentSession, "__init__", _session(AgentSession.__init__, cast)))
            stack.enter_context(mock.patch.object(Agent, "__init__", _agent(Agent.__init__, cast)))
        yield


def _starting(start: Callable[..., Any], started: Callable[[AgentSession[Any]], None]) -> Callable[..., Any]:
    @functools.wraps(start)
    async def starts(self: AgentSession[Any], *args: Any, **options: Any) -> Any:
        started(self)
        return await start(self, *args, **options)

    return starts


def _session(init: Callable[..., None], cast: Cast) -> Callable[..., None]:
    @functools.wraps(init)
    def initialise(self: AgentSession[Any], *args: Any, **options: Any) -> None:
        for name in _STAGES:
            if name != "vad" or options.get("vad", ...) is not None:  # None says: no voice detector
                options[name] = cast.stage(name, options.get(name))
        init(self, *args, **_turns(options, always=True))

    return initialise


def _agent(init: Callable[..., None], cast: Cast) -> Callable[..., None]:
    @functools.wraps(init)
    def initialise(self: Agent, *args: Any, **options: Any) -> None:
        for name in _STAGES:
            if options.get(name) is not None and not isinstance(options[name], NotGiven):
                options[name] = cast.stage(name, options[name])
        init(self, *args, **_turns(options, always=False))

    return initialise


def _turns(options: dict[str, Any], *, always: bool) -> dict[str, Any]:
    """Let the voice detector end turns where a model would: there is no such model here."""
    handling = options.get("turn_handling")
    if isinstance(handling, Mapping):
        chosen = dict(handling)
        if "turn_detection" in chosen or always:
            chosen["turn_detection"] = _by_voice(chosen.get("turn_detection"))
        chosen["interruption"] = {**chosen.get("interruption", {}), "mode": "vad"}
        options["turn_handling"] = chosen
    elif any(name in options for name in _OLD_TURNS):
        options["turn_detection"] = _by_voice(options.get("turn_detection"))
    elif always:
        options["turn_handling"] = {"turn_detection": "vad", "interruption": {"mode": "vad"}}
    return options


def _by_voice(chosen: object) -> str:
    return chosen if isinstance(chosen, str) and chosen != "realtime_llm" else "vad"
