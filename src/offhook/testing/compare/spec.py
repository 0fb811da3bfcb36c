"""An agent and a call as plain data: a generator creates them, a player plays them, and a failing test prints them."""

from dataclasses import dataclass, field, fields, is_dataclass
from typing import Literal

__all__ = [
    "CallSpec",
    "Deed",
    "Detection",
    "EnterSpec",
    "HookKind",
    "HookSpec",
    "Models",
    "ToolKind",
    "ToolSpec",
    "TurnSpec",
    "VoiceSpec",
    "written",
]

Detection = Literal["vad", "stt", "manual"]
Deed = Literal["says", "backchannel", "cough", "talker", "types", "clears"]
Models = Literal["told", "wires", "realtime"]
"""told: fake models that get the caller's words as text; wires, realtime: the real plugins with emulated providers."""
HookKind = Literal["none", "waits", "changes", "raises", "stops"]
ToolKind = Literal[
    "value",
    "none",
    "raises",
    "tool_error",
    "stop_response",
    "updates",
    "handoff",
    "update_agent",
    "task",
    "task_group",
    "says",
    "interrupts",
    "options",
]


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """One tool: what the tool does (`kind`), and how long the tool takes (`seconds`)."""

    name: str
    kind: ToolKind = "value"
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class TurnSpec:
    """One action of the caller after `after` seconds of silence, and the model's answer.

    The model calls the `tools`. The model says the answer only if there are no tools, or, with `words`, before the
    tool calls.
    """

    does: Deed = "says"
    after: float = 8.0
    answer: str = "That is fine."
    tools: tuple[ToolSpec, ...] = ()
    words: bool = False
    thinks: float = 0.3
    pace: float = 0.0
    """Words of the answer per second; 0: the whole answer at once."""


@dataclass(frozen=True, slots=True)
class EnterSpec:
    """What an agent's `on_enter` does (`kind`), and how long it waits first (`seconds`)."""

    kind: Literal["nothing", "says", "generates", "raises"] = "says"
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class HookSpec:
    """What `on_user_turn_completed` does (`kind`), and how long it waits first (`seconds`)."""

    kind: HookKind = "none"
    seconds: float = 0.0
    every: int = 1
    """The hook acts only in turns whose number is a multiple of this."""


@dataclass(frozen=True, slots=True)
class VoiceSpec:
    """How the TTS speaks. `tail` seconds of silence follow each spoken line.

    The words of a line decide at which of the `rates`, in characters per second, the TTS speaks the line.
    """

    rates: tuple[float, ...] = (15.0,)
    tail: float = 0.0
    streaming: bool = False


@dataclass(frozen=True, slots=True)
class CallSpec:
    """One agent and one call."""

    seed: int = 0
    turns: tuple[TurnSpec, ...] = (TurnSpec(),)
    enter: EnterSpec = EnterSpec()
    other_enter: EnterSpec = EnterSpec()
    """The `on_enter` of tasks, and of agents that take over the call by a handoff."""
    hook: HookSpec = HookSpec()
    voice: VoiceSpec = VoiceSpec()
    llm_node: Literal["own", "forwards", "empty", "says"] = "own"
    tts_node: Literal["own", "forwards", "empty"] = "own"
    models: Models = "told"
    detection: Detection = "vad"
    min_delay: float = 0.5
    preemptive: bool = False
    away: bool = False
    """True: a handler in the agent's own code speaks when the caller is marked away."""
    background: bool = False
    ladder: Literal["none", "says", "asks"] = "none"
    listener: Literal["none", "says", "updates"] = "none"
    """What the handler of `user_input_transcribed` in the agent's own code does; "none": there is no handler."""
    plan: bool = field(default=False)
    """True: `serve(plan)` runs the agent; False: the agent's own entrypoint calls `supervise`."""

    @property
    def tools(self) -> tuple[ToolSpec, ...]:
        """All tools of the agent; each tool name occurs once."""
        return tuple({tool.name: tool for turn in self.turns for tool in turn.tools}.values())


def written(value: object) -> str:
    """Return Python code that creates this spec; default values are left out."""
    if is_dataclass(value) and not isinstance(value, type):
        default = type(value)(**_needed(value))
        said = [
            f"{one.name}={written(getattr(value, one.name))}"
            for one in fields(value)
            if one.name == "name" or getattr(value, one.name) != getattr(default, one.name)
        ]
        return f"{type(value).__name__}({', '.join(said)})"
    if isinstance(value, tuple):
        inner = ", ".join(written(one) for one in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    return repr(value)


def _needed(value: object) -> dict[str, object]:
    return {"name": value.name} if isinstance(value, ToolSpec) else {}
