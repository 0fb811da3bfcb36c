"""The outbound call of a plan: the number, the trunk, the ringing time, when offhook dials again, and what happens if a
voicemail answers.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, Self

from offhook.core.call import Call
from offhook.core.dial_guard import Guard
from offhook.core.ending import EndReason
from offhook.core.errors import PlanError

__all__ = ["DIAL_OUTCOMES", "OUTCOME_REASONS", "Dial", "DialOutcome", "Redial", "Voicemail", "phone_number"]

DialOutcome = Literal[
    "answered", "busy", "no_answer", "declined", "unreachable", "cancelled", "refused", "failed", "voicemail"
]

DIAL_OUTCOMES: Mapping[DialOutcome, str] = MappingProxyType(
    {
        "answered": "a phone answered",
        "busy": "the line is busy (SIP 486, 600)",
        "no_answer": "the phone rang, and nobody answered within the ringing time (or SIP 408, 480)",
        "declined": "the call was declined (SIP 603 and all other codes below 500 or above 599)",
        "unreachable": "no phone rang: unknown number (SIP 404, 410, 484, 604), carrier error (5xx), unreachable host",
        "cancelled": "the agent's side ended the call while the phone rang",
        "refused": "a guard refused the call: nothing was dialled",
        "failed": "nothing was dialled: the trunk, its password, the API key or the server is wrong",
        "voicemail": "a voicemail answered, and the call ended there",
    }
)
"""What each outcome of an outbound call means."""

OUTCOME_REASONS: Mapping[DialOutcome, EndReason] = MappingProxyType(
    {
        "busy": "busy",
        "no_answer": "no_answer",
        "declined": "declined",
        "unreachable": "unreachable",
        "refused": "rejected",
        "failed": "error",
        "voicemail": "voicemail",
    }
)
"""The reason for the end of the call, for each outcome that ends the call."""

LONGEST_RINGING = 75.0
"""Maximum ringing time in seconds. LiveKit's server waits at most 80 s for an answer."""
LONGEST_PAUSE = 15.0
"""Maximum pause before offhook dials again, in seconds.

By default, LiveKit's server closes a room 20 s after the last phone has left, so the pause must be shorter.
"""
_NOTHING: Mapping[str, str] = MappingProxyType({})
_SEPARATORS = re.compile(r"[\s().\-/]")
_NUMBER = re.compile(r"\+?[0-9]{2,20}")
_USER = re.compile(r"(?=.*[A-Za-z0-9])[A-Za-z0-9_.!~*'&=+$,;?/%#\-]{1,128}")
_KEYS = re.compile(r"[0-9A-Da-d*#wW]{1,64}")
_HEADER = re.compile(r"[A-Za-z0-9!%*_+`'~.\-]{1,128}")


def phone_number(to: str) -> str:
    """Return the text that LiveKit dials: a number without spaces, or the user part of a SIP address.

    Removes the prefix `tel:`. Raises `PlanError` for a text that LiveKit cannot dial.
    """
    text = to.strip().removeprefix("tel:") if isinstance(to, str) else ""
    if _NUMBER.fullmatch(number := _SEPARATORS.sub("", text)):
        return number
    if text.lower().startswith(("sip:", "sips:")) or "@" in text:
        raise PlanError(f"Dial({to!r}): give only the user part, before the @; the trunk has the host")
    if not _USER.fullmatch(text):
        raise PlanError(f"Dial({to!r}): give a number such as +15551234567, or the user part of a SIP address")
    return text


@dataclass(frozen=True, slots=True)
class Redial:
    """Dial again after the outcomes in `on`: at most `times` times, each time after a pause of `pause` seconds.

    During the pause, the agent waits in the room. LiveKit closes a room without a phone after the room's
    `departure_timeout` (20 s by default, 5 s with `offhook dev`), so `pause` must be shorter. To dial again after a
    longer time, dispatch a new call.
    """

    on: Sequence[DialOutcome] = ("busy", "no_answer")
    times: int = 1
    pause: float = 4.0

    def __post_init__(self) -> None:
        known = set(OUTCOME_REASONS) - {"refused", "voicemail"}
        if not isinstance(self.on, tuple | list) or not set(self.on) <= known:
            raise PlanError(f"Redial(on={self.on!r}): give a list of outcomes: {', '.join(sorted(known))}")
        if not 1 <= self.times <= 10:
            raise PlanError(f"Redial(times={self.times!r}): give 1 to 10")
        if not 1 <= self.pause <= LONGEST_PAUSE:
            raise PlanError(f"Redial(pause={self.pause!r}): give 1 to {LONGEST_PAUSE:g} seconds")


@dataclass(frozen=True, slots=True)
class Voicemail:
    """What happens if a machine answers. LiveKit's answering machine detection (AMD) decides from the first words
    whether a machine or a person answered.

    After the voicemail's greeting, the agent says `message`, or plays `file`, an audio file with the same words. Then
    the call ends with the reason "voicemail". Without a message, the call ends at once. If a person speaks during the
    message, the agent talks with the person. `screening` is what the agent says to a machine that asks who is calling.
    `llm` is the model for the detection. Without `llm`, LiveKit Cloud uses a model that LiveKit chooses; on other
    servers, LiveKit uses the session's own LLM.
    """

    message: str = ""
    file: str = ""
    screening: str = ""
    llm: Any = None

    def __post_init__(self) -> None:
        if self.file and not self.message:
            raise PlanError("Voicemail(file=…) needs message=…, the words of the file, for the transcript")


@dataclass(frozen=True, slots=True)
class Dial:
    """One outbound call. `to` is a number or a SIP user, and `trunk` is the id of an outbound trunk (`ST_…`).

    `ringing` is the longest ringing time in seconds. The callee sees the number `caller_id` (one of the trunk's
    numbers) and the name `display_name`. `headers` go into the INVITE. After the phone has answered, LiveKit sends the
    phone keys `dtmf` (`w` is a pause of 0.5 s). `identity` and `name` are the identity and the name of the phone in the
    room. `krisp` turns LiveKit's noise filter Krisp on.
    """

    to: str
    trunk: str
    ringing: float = 30.0
    caller_id: str = ""
    display_name: str | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    dtmf: str = ""
    identity: str = "phone"
    name: str = ""
    krisp: bool = False
    redial: Redial | None = None
    voicemail: Voicemail | None = None
    guard: Guard = field(default_factory=Guard)

    def __post_init__(self) -> None:
        object.__setattr__(self, "to", phone_number(self.to))
        if not isinstance(self.trunk, str) or not self.trunk.strip():
            raise PlanError("Dial(trunk=…) is empty: give the id of an outbound trunk; `lk sip outbound list` shows it")
        if not 1 <= self.ringing <= LONGEST_RINGING:
            raise PlanError(f"Dial(ringing={self.ringing!r}): give 1 to {LONGEST_RINGING:g} seconds")
        if not self.identity:
            raise PlanError("Dial(identity='') is empty: the phone needs an identity in the room")
        if self.dtmf and not _KEYS.fullmatch(self.dtmf):
            raise PlanError(f"Dial(dtmf={self.dtmf!r}): give 1 to 64 keys of 0-9, *, #, A-D, and w for a pause")
        for name, value in self.headers.items():
            if not _HEADER.fullmatch(name) or re.search(r"[\r\n\0]", value):
                raise PlanError(f"Dial(headers=…): {name!r} is not a header of one line")

    @classmethod
    def requested(cls, call: Call, **options: Any) -> Self | None:
        """Read the outbound call from dispatch metadata such as `{"dial": {"to": "+1…", "trunk": "ST_…"}}`.

        Return None if the metadata has no "dial". The command `offhook dial` writes such metadata. `options` are
        further arguments of `Dial`; values in the metadata override `options`.
        """
        asked = call.data.get("dial")
        if asked is None:
            return None
        if not isinstance(asked, Mapping):
            raise PlanError('the metadata has "dial", but not as an object: {"dial": {"to": "+1…", "trunk": "ST_…"}}')
        if unknown := sorted(set(asked) - _REQUESTABLE):
            raise PlanError(f'the metadata has "dial" with {", ".join(unknown)}; use {", ".join(sorted(_REQUESTABLE))}')
        fields = {**options, **asked}
        fields.pop("followed", None)
        if key := fields.pop("key", ""):
            fields["guard"] = fields.get("guard", Guard()).with_key(str(key))
        try:
            return cls(**{"to": "", "trunk": "", **fields})
        except TypeError as error:
            raise PlanError(f'the metadata has "dial" with a value of the wrong type: {error}') from None


_REQUESTABLE = frozenset({"to", "trunk", "ringing", "caller_id", "display_name", "dtmf", "name", "key", "followed"})
"""The fields of "dial" that dispatch metadata may have."""
