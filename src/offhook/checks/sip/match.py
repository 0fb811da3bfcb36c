"""Finds the trunk and the rule that take a call, in the same way as livekit-server. Says why the other trunks and rules
do not take the call.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from offhook.checks.sip.config import Rule, SipConfig, Trunk, kind_of, label, pin_of
from offhook.checks.sip.numbers import normalized

__all__ = ["CallPath", "match_call", "priority"]

_KINDS: Final = {"direct": 0, "individual": 1, "callee": 2}


@dataclass(frozen=True, slots=True)
class CallPath:
    """The trunk and the rule that take one call. `code` is the fault that stops the call, or "". `others` says why the
    other trunks and rules do not take the call.
    """

    number: str
    caller: str
    trunk: Trunk | None
    rule: Rule | None
    code: str
    outcome: str
    others: Sequence[str]


def match_call(config: SipConfig, number: str, caller: str = "") -> CallPath:
    """Return the path of a call to `number` from `caller`. If `caller` is "", no trunk or rule that is limited to
    certain callers matches.
    """
    dialled, calling = normalized(number), normalized(caller)
    trunks = [one for one in config.trunks if not _trunk_why_not(one, dialled, calling)]
    specific = [one for one in trunks if one.numbers]
    candidates = specific or trunks
    if len(candidates) > 1:
        names = " and ".join(label(one) for one in candidates)
        outcome = f"the trunks {names} both take the call, so the call is refused with 503"
        return CallPath(dialled, calling, None, None, "conflicting_trunks", outcome, ())
    trunk = candidates[0] if candidates else None
    return _match_rule(config, trunk, dialled, calling)


def _match_rule(config: SipConfig, trunk: Trunk | None, number: str, caller: str) -> CallPath:
    reasons = {rule.sip_dispatch_rule_id: _why_not(rule, trunk, number, caller) for rule in config.rules}
    matching = [rule for rule in config.rules if not reasons[rule.sip_dispatch_rule_id]]
    best = min(matching, key=lambda rule: (not rule.trunk_ids, priority(rule)), default=None)
    others = (*_other_trunks(config, trunk, number, caller), *_others(config.rules, best, reasons))
    taken = _taken(trunk)
    if best is None:
        code = "no_rule" if trunk else "no_trunk"
        return CallPath(number, caller, trunk, None, code, f"{taken}, and no rule matches: nobody answers", others)
    agents = [agent.agent_name for agent in best.room_config.agents if agent.agent_name]
    to = f"agent {', '.join(agents)}" if agents else "agents without a name"
    where = f"room {_room(best, number)}"
    outcome = f"{taken}, rule {label(best)} puts the caller into {where} and dispatches {to}"
    return CallPath(number, caller, trunk, best, "", outcome, others)


def priority(rule: Rule) -> tuple[int, str]:
    """Return the sort key of a rule. A matching rule that names the trunk wins over a matching rule without a trunk. In
    each of these two groups, the rule with the lowest sort key wins.

    A rule can be limited to certain numbers, to certain callers, or to both. The rule with more limits wins. If the
    number of limits is equal, a rule with a PIN wins. If this is also equal, the kind decides: direct before individual
    before callee. If the kind is equal too, the rule whose room name comes first in alphabetical order wins.
    """
    kind = kind_of(rule)
    number = _KINDS.get(kind, 9) + (0 if pin_of(rule) else 100)
    number += 1000 * (not rule.inbound_numbers) + 1000 * (not rule.numbers)
    one = rule.rule
    room = one.dispatch_rule_direct.room_name or one.dispatch_rule_individual.room_prefix
    return number, room or one.dispatch_rule_callee.room_prefix


def _trunk_why_not(trunk: Trunk, number: str, caller: str) -> str:
    """Return why the trunk does not take the call; "" if the trunk takes the call."""
    if trunk.numbers and number not in {normalized(one) for one in trunk.numbers}:
        return "it is for other numbers"
    if trunk.allowed_numbers and caller not in {normalized(one) for one in trunk.allowed_numbers}:
        return "allowed_numbers has other callers"
    return ""


def _taken(trunk: Trunk | None) -> str:
    """Return the first part of `CallPath.outcome`: which trunk takes the call. The text names all IP addresses that the
    trunk allows, because the IP address of the call is not known.
    """
    if trunk is None:
        return "no trunk takes it"
    source = f" if it comes from {' or '.join(trunk.allowed_addresses)}" if trunk.allowed_addresses else ""
    return f"trunk {label(trunk)} takes it{source}"


def _other_trunks(config: SipConfig, chosen: Trunk | None, number: str, caller: str) -> Iterator[str]:
    for trunk in config.trunks:
        if trunk is not chosen:
            reason = _trunk_why_not(trunk, number, caller) or "the other trunk lists this number"
            yield f"trunk {label(trunk)}: {reason}"


def _why_not(rule: Rule, trunk: Trunk | None, number: str, caller: str) -> str:
    """Return why the rule does not match; "" if the rule matches."""
    if rule.trunk_ids and (trunk is None or trunk.sip_trunk_id not in rule.trunk_ids):
        return "it is for other trunks"
    if rule.numbers and number not in rule.numbers:
        near = next((one for one in rule.numbers if normalized(one) == number), None)
        return f"it is for {near!r}, which is compared character by character" if near else "it is for other numbers"
    if rule.inbound_numbers and caller not in rule.inbound_numbers:
        near = next((one for one in rule.inbound_numbers if normalized(one) == caller), None)
        return f"it is for the caller {near!r}, compared character by character" if near else "it is for other callers"
    return ""


def _others(rules: Sequence[Rule], best: Rule | None, reasons: dict[str, str]) -> Iterator[str]:
    for rule in rules:
        if rule is not best:
            reason = reasons[rule.sip_dispatch_rule_id] or _why_lost(rule, best)
            yield f"rule {label(rule)}: {reason}"


def _why_lost(rule: Rule, best: Rule | None) -> str:
    assert best is not None  # `rule` matches, and so at least one rule was chosen
    if best.trunk_ids and not rule.trunk_ids:
        return "it names no trunk, and the other rule names this trunk"
    if priority(rule)[0] - priority(best)[0] >= 900:
        return "it is for more numbers or callers than the other rule"
    return "it matches too, but the other rule goes first (PIN, then direct, individual, callee)"


def _room(rule: Rule, number: str) -> str:
    match kind_of(rule):
        case "direct":
            return f'"{rule.rule.dispatch_rule_direct.room_name}"'
        case "individual":
            one = rule.rule.dispatch_rule_individual
            return f'"{_prefix(one.room_prefix)}<caller>{"" if one.no_randomness else "_<random>"}"'
        case "callee":
            other = rule.rule.dispatch_rule_callee
            return f'"{_prefix(other.room_prefix)}{number}{"_<random>" if other.randomize else ""}"'
    return "no room"


def _prefix(prefix: str) -> str:
    return f"{prefix}_" if prefix else ""
