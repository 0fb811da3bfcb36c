"""Faults of dispatch rules."""

import difflib
from collections.abc import Iterator, Sequence

from offhook.checks.sip.config import Rule, SipConfig, Trunk, kind_of, label, pin_of
from offhook.checks.sip.finding import SipFinding, found
from offhook.checks.sip.numbers import is_e164, normalized

__all__ = ["check_rule"]


def check_rule(rule: Rule, config: SipConfig) -> Iterator[SipFinding]:
    """Yield the faults of one rule."""
    yield from _trunks(rule, config)
    yield from _conflicts(rule, config)
    yield from _numbers(rule, config)
    yield from _agents(rule, config)
    yield from _rooms(rule)
    yield from _attributes(rule, config)
    yield from _notes(rule)


def _trunks(rule: Rule, config: SipConfig) -> Iterator[SipFinding]:
    if not rule.trunk_ids:
        yield found("open_rule", "names no trunk in trunk_ids", "name the trunks whose calls the rule may take")
    unknown = [one for one in rule.trunk_ids if config.trunk(one) is None]
    if unknown:
        yield found("unknown_trunk_id", f"names {', '.join(unknown)}, which do not exist", "name existing trunks")


def _conflicts(rule: Rule, config: SipConfig) -> Iterator[SipFinding]:
    """Yield only the conflicts with rules earlier in the list, so that each pair of rules is reported once."""
    for other in config.rules:
        if other is rule:
            return
        if _keys(rule) & _keys(other):
            detail = f"is for the same trunk, number, caller and PIN as rule {label(other)}"
            yield found("conflicting_rules", detail, "delete one of the two rules, or give them different numbers")


def _keys(rule: Rule) -> set[tuple[str, str, str, str]]:
    """Return the combinations of PIN, trunk, caller and number. livekit-server accepts each combination in only one
    rule.
    """
    return {
        (pin_of(rule), trunk, normalized(caller), normalized(number))
        for trunk in rule.trunk_ids or [""]
        for caller in rule.inbound_numbers or [""]
        for number in rule.numbers or [""]
    }


def _numbers(rule: Rule, config: SipConfig) -> Iterator[SipFinding]:
    given = [number for number in [*rule.numbers, *rule.inbound_numbers] if not is_e164(number)]
    odd = [number for number in given if is_e164(normalized(number))]
    if odd:
        detail = f"has {', '.join(map(repr, odd))}; LiveKit compares numbers of rules character by character"
        yield found(
            "rule_number_not_e164", detail, "write each number as the carrier sends it, usually as +15550001111"
        )
    trunks = _trunks_of(rule, config)
    known = {normalized(number) for trunk in trunks for number in trunk.numbers}
    missing = [number for number in rule.numbers if normalized(number) not in known]
    if missing and trunks and all(trunk.numbers for trunk in trunks):
        detail = f"has {', '.join(missing)}, and no trunk of the rule has this number"
        yield found("rule_number_not_on_trunk", detail, "add the number to the trunk, or correct the rule")


def _agents(rule: Rule, config: SipConfig) -> Iterator[SipFinding]:
    if rule.room_preset:  # the room preset in the server's configuration may name the agents
        return
    names = [one.agent_name for one in rule.room_config.agents]
    known = config.agents
    if not any(names):
        if known is not None and "" in known:
            return
        named = f"; the workers have the names {', '.join(sorted(known))}" if known else ""
        detail = f"dispatches no agent by name in room_config.agents{named}"
        todo = "name the agent; without a name in the rule, only a worker without a name gets the call"
        yield found("no_agent", detail, todo, severity=None if known else "warning")
    elif known is None:
        detail = f"dispatches {', '.join(filter(None, names))}"
        yield found("agents_not_known", detail, "check it with --agent NAME, the agent_name of your worker")
    elif missing := [name for name in names if name and name not in known]:
        near = difflib.get_close_matches(missing[0], sorted(filter(None, known)), n=1)
        advice = f"did you mean {near[0]}?" if near else "start a worker with this agent_name, or correct the rule"
        workers = ", ".join(sorted(filter(None, known))) or "none"
        yield found("unknown_agent", f"dispatches {', '.join(missing)}; the workers' names: {workers}", advice)


def _rooms(rule: Rule) -> Iterator[SipFinding]:
    kind = kind_of(rule)
    if kind == "direct":
        detail = f'is direct: all calls go to the room "{rule.rule.dispatch_rule_direct.room_name}"'
    elif kind == "callee" and not rule.rule.dispatch_rule_callee.randomize:
        detail = "is for the callee without randomize: all calls to one number go to one room"
    elif kind == "individual" and rule.rule.dispatch_rule_individual.no_randomness:
        detail = "is individual with no_randomness: all calls from one number go to one room"
    else:
        return
    yield found("shared_room", detail, "use an individual rule, which makes a room for each call")


def _attributes(rule: Rule, config: SipConfig) -> Iterator[SipFinding]:
    for trunk in _trunks_of(rule, config):
        shared = sorted(set(rule.attributes) & set(trunk.headers_to_attributes.values()))
        if shared:
            detail = f"sets {', '.join(shared)}, and headers_to_attributes of trunk {label(trunk)} sets it too"
            yield found("caller_sets_attribute", detail, "use another attribute name on the trunk")


def _notes(rule: Rule) -> Iterator[SipFinding]:
    if rule.hide_phone_number:
        todo = "nothing, if you want this; routes by number and call.caller.number stay empty"
        yield found("hidden_numbers", "sets hide_phone_number", todo)
    if pin_of(rule):
        yield found("pin", "asks for a PIN", "nothing, if you want this")
    if rule.krisp_enabled:
        todo = "on LiveKit Cloud nothing; elsewhere remove krisp_enabled and denoise in the agent"
        yield found("krisp_without_cloud", "sets krisp_enabled, which only LiveKit Cloud carries out", todo)


def _trunks_of(rule: Rule, config: SipConfig) -> Sequence[Trunk]:
    return [trunk for trunk in config.trunks if not rule.trunk_ids or trunk.sip_trunk_id in rule.trunk_ids]
