"""What a Realtime model can change in mid-call, and how: one table, because what the models declare is not enough."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from livekit.agents.llm import RealtimeModel

__all__ = ["WAYS", "Change", "Outcome", "Role", "Way", "Ways", "ways_of"]

Role = Literal["user", "assistant", "system", "developer"]

Way = Literal["in place", "fresh", "unsupported"]
"""In the running session; by a fresh session of the same model, which knows what was said as text; not at all."""

Change = Literal["change the instructions", "cut the context", "add a message"]

Outcome = Literal["done", "deferred", "fresh", "failed"]
"""How it was done: at once; later than now; by a fresh session of the model; not, and the journal says why."""


@dataclass(frozen=True, slots=True)
class Ways:
    """One provider's ways; `add` by role, and a role that is not there is unsupported."""

    instruct: Way
    cut: Way
    add: Mapping[Role, Way]
    why: str

    def of(self, change: Change, role: Role | None = None) -> Way:
        match change:
            case "change the instructions":
                return self.instruct
            case "cut the context":
                return self.cut
        return self.add.get(role or "system", "unsupported")


def _roles(system: Way, user: Way, assistant: Way) -> Mapping[Role, Way]:
    return {"system": system, "developer": system, "user": user, "assistant": assistant}


_EVERY = _roles("in place", "in place", "in place")

WAYS: Mapping[str, Ways] = {
    "livekit.plugins.openai": Ways("in place", "in place", _EVERY, "the session takes all of it and confirms"),
    "livekit.plugins.azure": Ways("in place", "fresh", _EVERY, "Azure Voice Live deletes nothing from its history"),
    "Vertex AI": Ways(
        "in place",
        "fresh",
        _roles("unsupported", "in place", "in place"),
        "Gemini Live deletes nothing from its history and takes no system messages into it",
    ),
    "livekit.plugins.google": Ways(
        "fresh",
        "fresh",
        _roles("unsupported", "in place", "in place"),
        "the Gemini API keeps the old instructions, deletes nothing from its history and takes no system messages",
    ),
    "livekit.plugins.ultravox": Ways(
        "fresh",
        "fresh",
        _roles("in place", "in place", "unsupported"),
        "Ultravox starts a new call for new instructions, deletes nothing and takes no assistant messages",
    ),
    "livekit.plugins.aws": Ways(
        "fresh",
        "fresh",
        _roles("fresh", "fresh", "fresh"),
        "Nova Sonic reads instructions and history only when its session is renewed, every few minutes",
    ),
    "livekit.plugins.phonic": Ways(
        "fresh",
        "fresh",
        _roles("in place", "fresh", "fresh"),
        "Phonic takes instructions and history only at the beginning, then nothing but system messages",
    ),
    "livekit.plugins.nvidia": Ways(
        "fresh",
        "fresh",
        _roles("unsupported", "unsupported", "unsupported"),
        "PersonaPlex takes its instructions when it connects, and no history at all",
    ),
}
"""By the package of the model's class (or of one it is made from), or by the provider where a package has two."""


def ways_of(model: RealtimeModel) -> Ways:
    """How this model is changed; one that is not in the table is believed what it declares."""
    packages = [".".join(kind.__module__.split(".")[:3]) for kind in type(model).__mro__]
    for name in (model.provider, *packages):
        if name in WAYS:
            return WAYS[name]
    able = model.capabilities
    mutable: Way = "in place" if able.mutable_chat_context else "fresh"
    return Ways(
        "in place" if able.mutable_instructions else "fresh",
        mutable,
        _roles(mutable, mutable, mutable),
        "the model declares that its sessions cannot be changed",
    )
