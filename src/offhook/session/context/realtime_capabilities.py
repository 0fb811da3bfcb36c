"""Lists what can be changed in each Realtime model during a call, and how. The list is needed, because the capabilities
that the models declare are incomplete.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from livekit.agents.llm import DuplexRealtimeAdapter, RealtimeModel

__all__ = ["CAPABILITIES", "Change", "Outcome", "RealtimeCapabilities", "Role", "Way", "capabilities_of"]

Role = Literal["user", "assistant", "system", "developer"]

Way = Literal["in place", "fresh", "unsupported"]
"""How a change is made. "in place" changes the running session. "fresh" opens a new session of the same model, which
gets the conversation as text. "unsupported" means that the change is impossible."""

Change = Literal["change the instructions", "cut the context", "add a message"]

Outcome = Literal["done", "deferred", "fresh", "failed"]
"""The result of a change. "done": the change is made. "deferred": the change follows later. "fresh": a new session of
the model has the change. "failed": nothing is changed, and the journal has the cause.
"""


@dataclass(frozen=True, slots=True)
class RealtimeCapabilities:
    """How each change is made in one provider's model. `add` gives the way to add a message, for each role of the
    message; a role that is missing in `add` is unsupported.
    """

    instruct: Way
    cut: Way
    add: Mapping[Role, Way]
    why: str

    def way_of(self, change: Change, role: Role | None = None) -> Way:
        match change:
            case "change the instructions":
                return self.instruct
            case "cut the context":
                return self.cut
        return self.add.get(role or "system", "unsupported")


def _roles(system: Way, user: Way, assistant: Way) -> Mapping[Role, Way]:
    return {"system": system, "developer": system, "user": user, "assistant": assistant}


_EVERY = _roles("in place", "in place", "in place")

DUPLEX = "duplex"

CAPABILITIES: Mapping[str, RealtimeCapabilities] = {
    "livekit.plugins.openai": RealtimeCapabilities(
        "in place", "in place", _EVERY, "the session accepts and confirms every change"
    ),
    "livekit.plugins.azure": RealtimeCapabilities(
        "in place", "fresh", _EVERY, "Azure Voice Live deletes nothing from its history"
    ),
    "Vertex AI": RealtimeCapabilities(
        "in place",
        "fresh",
        _roles("unsupported", "in place", "in place"),
        "Gemini Live deletes nothing from its history and takes no system messages into it",
    ),
    "livekit.plugins.google": RealtimeCapabilities(
        "fresh",
        "fresh",
        _roles("unsupported", "in place", "in place"),
        "the Gemini API keeps the old instructions, deletes nothing from its history and takes no system messages",
    ),
    "livekit.plugins.ultravox": RealtimeCapabilities(
        "fresh",
        "fresh",
        _roles("in place", "in place", "unsupported"),
        "Ultravox starts a new call for new instructions, deletes nothing and takes no assistant messages",
    ),
    "livekit.plugins.aws": RealtimeCapabilities(
        "fresh",
        "fresh",
        _roles("fresh", "fresh", "fresh"),
        "Nova Sonic reads instructions and history only when its session is renewed, every few minutes",
    ),
    "livekit.plugins.phonic": RealtimeCapabilities(
        "fresh",
        "fresh",
        _roles("in place", "fresh", "fresh"),
        "Phonic takes instructions and history only at the beginning, and later only system messages",
    ),
    "livekit.plugins.nvidia": RealtimeCapabilities(
        "fresh",
        "fresh",
        _roles("unsupported", "unsupported", "unsupported"),
        "PersonaPlex takes its instructions when it connects, and takes no history",
    ),
    DUPLEX: RealtimeCapabilities(
        "fresh",
        "fresh",
        _EVERY,
        "a duplex model takes its instructions when it connects, and after that only adds to its history",
    ),
}
"""Each key is the package of a model's class or of a base class. If a package has two providers, the key for one
of them is the provider's name. All duplex models have the key `DUPLEX`, because LiveKit's adapter for duplex models
ignores every deletion, with a warning in the log. The adapter does this even if the model declares that its context can
be changed.
"""


def capabilities_of(model: RealtimeModel) -> RealtimeCapabilities:
    """Return how this model makes each change. A model outside of the table gets its declared capabilities."""
    if isinstance(model, DuplexRealtimeAdapter):
        return CAPABILITIES[DUPLEX]
    packages = [".".join(kind.__module__.split(".")[:3]) for kind in type(model).__mro__]
    for name in (model.provider, *packages):
        if name in CAPABILITIES:
            return CAPABILITIES[name]
    declared = model.capabilities
    mutable: Way = "in place" if declared.mutable_chat_context else "fresh"
    return RealtimeCapabilities(
        "in place" if declared.mutable_instructions else "fresh",
        mutable,
        _roles(mutable, mutable, mutable),
        "the model declares that its sessions cannot be changed",
    )
