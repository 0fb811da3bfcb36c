"""The `lk` commands that correct a SIP configuration, with the JSON that the commands need.

`lk … update` with JSON replaces the whole trunk or rule. Therefore one command corrects several faults of one trunk or
rule at once.
"""

import json
import shlex
from collections.abc import Callable, Collection, Mapping
from typing import Final

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from livekit.protocol.sip import SIPDispatchRuleInfo, SIPInboundTrunkInfo

from offhook.checks.sip.config import Rule, SipConfig, Trunk, kind_of
from offhook.checks.sip.numbers import normalized
from offhook.checks.sip.trunks import shared_numbers

__all__ = ["AGENT", "create_rule", "create_trunk", "mend_rule", "mend_trunk"]

ADDRESS: Final = "YOUR-CARRIERS-ADDRESS/32"
PASSWORD: Final = "THE-PASSWORD-OF-THE-TRUNK"  # noqa: S105  # a placeholder: no command shows the password
AGENT: Final = "THE-AGENT-NAME"
NEW_TRUNK: Final = "THE-ID-OF-THE-NEW-TRUNK"
_OURS: Final = ("sip_trunk_id", "sip_dispatch_rule_id", "created_at", "updated_at")


def mend_trunk(trunk: Trunk, codes: Collection[str], config: SipConfig) -> str:
    """Return an `lk` command for this trunk. The command corrects the faults in `codes`, except faults that a person
    must correct. Return "" if a person must correct all of them.
    """
    if "conflicting_trunks" in codes and not _numbers_left(trunk, config):
        return f"lk sip inbound delete {shlex.quote(trunk.sip_trunk_id)}"
    mended = SIPInboundTrunkInfo()
    mended.CopyFrom(trunk)
    for code in codes:
        _TRUNK.get(code, _nothing)(mended, config)
    if "conflicting_trunks" in codes:
        mended.numbers[:] = _numbers_left(trunk, config)
    if mended == trunk:
        return ""
    if mended.auth_password:
        mended.auth_password = PASSWORD
    return _with_json(f"lk sip inbound update --id {shlex.quote(trunk.sip_trunk_id)}", _fields(mended))


def mend_rule(rule: Rule, codes: Collection[str], config: SipConfig) -> str:
    """Return an `lk` command for this rule. The command corrects the faults in `codes`, except faults that a person
    must correct. Return "" if a person must correct all of them.
    """
    if "conflicting_rules" in codes:
        return f"lk sip dispatch delete {shlex.quote(rule.sip_dispatch_rule_id)}"
    mended = SIPDispatchRuleInfo()
    mended.CopyFrom(rule)
    for code in codes:
        _RULE.get(code, _nothing)(mended, config)
    if mended == rule:
        return ""
    return _with_json(f"lk sip dispatch update --id {shlex.quote(rule.sip_dispatch_rule_id)}", _fields(mended))


def create_trunk(number: str) -> str:
    """Return the command that creates a minimal trunk for this number."""
    trunk = SIPInboundTrunkInfo(name=number, numbers=[number], allowed_addresses=[ADDRESS])
    _set_ringing(trunk, None)
    _set_duration(trunk, None)
    return _with_json("lk sip inbound create", {"trunk": _fields(trunk)})


def create_rule(trunk: Trunk | None, config: SipConfig) -> str:
    """Return the command that creates a minimal rule for this trunk. If `trunk` is None, the command contains a
    placeholder for the trunk's id.
    """
    rule = SIPDispatchRuleInfo(name=trunk.name if trunk else "", trunk_ids=[trunk.sip_trunk_id if trunk else NEW_TRUNK])
    _set_individual(rule, config)
    _set_agent(rule, config)
    return _with_json("lk sip dispatch create", {"dispatch_rule": _fields(rule)})


def _fields(message: Message) -> dict[str, object]:
    fields = MessageToDict(message, preserving_proto_field_name=True)
    return {name: value for name, value in fields.items() if name not in _OURS}


def _with_json(command: str, body: Mapping[str, object]) -> str:
    return f"{command} /dev/stdin <<'JSON'\n{json.dumps(body, indent=2)}\nJSON"


def _numbers_left(trunk: Trunk, config: SipConfig) -> list[str]:
    """Return the trunk's numbers that do not conflict with an earlier trunk."""
    taken: set[str] = set()
    for other in config.trunks:
        if other is trunk:
            break
        taken |= set(shared_numbers(trunk, other) or ())
    return [number for number in trunk.numbers if normalized(number) not in taken]


def _nothing(_mended: object, _config: SipConfig) -> None:
    """Change nothing, because a person must decide how to correct this fault."""


def _set_ringing(mended: Trunk, _config: SipConfig | None) -> None:
    mended.ringing_timeout.seconds = 30


def _set_duration(mended: Trunk, _config: SipConfig | None) -> None:
    mended.max_call_duration.seconds = 3600


def _set_addresses(mended: Trunk, _config: SipConfig) -> None:
    mended.allowed_addresses[:] = [ADDRESS]


def _set_trunks(mended: Rule, config: SipConfig) -> None:
    known = [trunk.sip_trunk_id for trunk in config.trunks]
    mended.trunk_ids[:] = [one for one in mended.trunk_ids if one in known] or known or [NEW_TRUNK]


def _set_e164(mended: Rule, _config: SipConfig) -> None:
    mended.numbers[:] = [normalized(number) for number in mended.numbers]
    mended.inbound_numbers[:] = [normalized(number) for number in mended.inbound_numbers]


def _set_agent(mended: Rule, config: SipConfig) -> None:
    names = sorted(filter(None, config.agents or ()))
    del mended.room_config.agents[:]
    mended.room_config.agents.add(agent_name=names[0] if names else AGENT)


def _set_individual(mended: Rule, _config: SipConfig) -> None:
    pin = getattr(mended.rule, mended.rule.WhichOneof("rule") or "dispatch_rule_individual").pin
    prefix = f"{mended.rule.dispatch_rule_direct.room_name or 'call'}" if kind_of(mended) == "direct" else "call"
    mended.rule.dispatch_rule_individual.CopyFrom(
        type(mended.rule.dispatch_rule_individual)(room_prefix=prefix, pin=pin)
    )


_TRUNK: Final[Mapping[str, Callable[[Trunk, SipConfig], None]]] = {
    "default_ringing_timeout": _set_ringing,
    "default_max_call_duration": _set_duration,
    "open_trunk": _set_addresses,
}
_RULE: Final[Mapping[str, Callable[[Rule, SipConfig], None]]] = {
    "open_rule": _set_trunks,
    "unknown_trunk_id": _set_trunks,
    "rule_number_not_e164": _set_e164,
    "no_agent": _set_agent,
    "unknown_agent": _set_agent,
    "shared_room": _set_individual,
}
