"""Selects the people, other than the caller, whom the agent hears or answers."""

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Literal

from offhook.core.errors import PlanError

__all__ = ["Participants", "People", "label_of"]

_MAX_LABEL = 40
_CALLER = "the caller"


@dataclass(frozen=True, slots=True)
class Participants:
    """Selects participants of the room. A participant is selected if every condition holds.

    `identity` is a pattern such as `"nurse-*"`. `attributes` are LiveKit's participant attributes. An attribute counts
    only if the participant may not change it. Therefore the participant's token must contain these attributes, and must
    not permit the participant to update its own metadata.
    """

    identity: str = "*"
    kind: Literal["any", "web", "phone"] = "any"
    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        if self.kind not in ("any", "web", "phone"):
            raise PlanError(f"Participants(kind={self.kind!r}): give any, web or phone")
        if not isinstance(self.identity, str) or not self.identity:
            raise PlanError(f"Participants(identity={self.identity!r}): give a pattern such as 'nurse-*'")

    def select(self, identity: str, *, phone: bool, attributes: Mapping[str, str]) -> bool:
        """True if the conditions select this participant. `attributes` are the attributes that the participant cannot
        change.
        """
        if self.kind != "any" and phone != (self.kind == "phone"):
            return False
        if not fnmatchcase(identity, self.identity):
            return False
        return all(attributes.get(name) == value for name, value in self.attributes.items())


@dataclass(frozen=True, slots=True)
class People:
    """Which people, apart from the caller, the agent hears and answers; by default, everybody who may speak.

    The words of people in `heard` are added to the model's context, with a label that names the speaker. The agent also
    hears the people in `answered`, and replies to them.
    """

    heard: Participants | None = field(default_factory=Participants)
    answered: Participants | None = field(default_factory=Participants)

    def __post_init__(self) -> None:
        for name, value in (("heard", self.heard), ("answered", self.answered)):
            if not isinstance(value, Participants | None):
                raise PlanError(f"People({name}={value!r}): give Participants(…), or None for nobody")


def label_of(name: str, identity: str, taken: Collection[str] = ()) -> str:
    """Return the speaker's label for the model: the name (or the identity, if there is no name) without characters that
    could end a label.

    If another person has the label, or the label could mean the caller or the agent, the label gets a number.
    """
    label = _plain(name) or _plain(identity) or "participant"
    used = {one.casefold() for one in (*taken, _CALLER, "caller", "agent", "assistant", "system", "user")}
    number, found = 2, label
    while found.casefold() in used:
        found, number = f"{label} {number}", number + 1
    return found


def _plain(text: str) -> str:
    kept = "".join(one if unicodedata.category(one)[0] in "LN" or one in "-_.+@" else " " for one in text[:200])
    return " ".join(kept.split())[:_MAX_LABEL].strip()
