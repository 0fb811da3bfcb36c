"""The codes of the faults that trunks and rules can have, each with its severity and its effect on a caller."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["CODES", "Code", "Severity"]

Severity = Literal["problem", "warning", "note"]
"""problem: calls fail, or strangers can call the agent without knowing its number. warning: calls work, but not as well
or as safely as possible. note: how LiveKit works with this configuration.
"""


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of fault: its severity, and its effect on a caller."""

    severity: Severity
    caller: str


_RINGS_ON: Final = "The phone rings until the caller or the carrier gives up; no answer and no refusal arrive."

CODES: Final[Mapping[str, Code]] = {
    "no_trunk": Code("problem", _RINGS_ON),
    "no_rule": Code("problem", _RINGS_ON),
    "conflicting_trunks": Code("problem", "The call is refused with 503: LiveKit cannot choose the trunk."),
    "conflicting_rules": Code("problem", "The call is refused with 503: LiveKit cannot choose the rule."),
    "unknown_trunk_id": Code("warning", "The rule takes no call from a trunk that does not exist."),
    "rule_number_not_on_trunk": Code("problem", "No call has this number, so the number never matches."),
    "rule_number_not_e164": Code("warning", "The rule misses the call if the carrier writes the number differently."),
    "no_agent": Code("problem", "The phone rings until the trunk's ringing_timeout, and no agent comes."),
    "unknown_agent": Code("problem", "The phone rings until the trunk's ringing_timeout, and no agent comes."),
    "open_rule": Code("problem", "Anybody who finds the SIP port is answered, from any number and without a trunk."),
    "open_trunk": Code("warning", "Anybody who finds the SIP port and dials a number of the trunk is answered."),
    "shared_room": Code(
        "warning",
        "Callers share a room. The second caller gets no new agent. A second call with the same identity disconnects "
        "the first; all callers who hide their number have one identity.",
    ),
    "caller_sets_attribute": Code("warning", "Any caller can replace a value of the rule with a header of the call."),
    "default_ringing_timeout": Code("warning", "If no agent answers, the phone rings for 3 minutes."),
    "default_max_call_duration": Code(
        "warning", "If the agent dies and nobody hangs up, the caller stays in a silent call for up to 24 hours."
    ),
    "default_media_timeout": Code(
        "note",
        "A caller whose phone sends no audio is disconnected: after 15 s, or after 30 s if no audio came at all. A "
        "phone that puts the call on hold without music sends no audio.",
    ),
    "large_headers": Code(
        "warning",
        "The answer may be too long for UDP and is then not sent: the phone keeps ringing, although an agent speaks.",
    ),
    "krisp_without_cloud": Code("note", "Noise of the caller is not removed by a livekit-sip of your own."),
    "hidden_numbers": Code("note", "The agent gets neither the caller's number nor the dialled number."),
    "pin": Code("note", "The caller is answered, hears a prompt, and must press the PIN and #, before an agent comes."),
    "agents_not_known": Code(
        "note", "If no worker has the agent name of the rule, the phone rings, and no agent comes."
    ),
}
