"""Faults of inbound trunks."""

from collections.abc import Iterator
from typing import Final

from offhook.checks.sip.config import SipConfig, Trunk, label
from offhook.checks.sip.finding import SipFinding, found
from offhook.checks.sip.match import match_call
from offhook.checks.sip.numbers import normalized

__all__ = ["MAX_HEADERS", "check_trunk", "shared_numbers"]

MAX_HEADERS: Final = 400
"""Maximum total size, in bytes, of the headers that a trunk adds to a SIP answer. livekit-sip 1.11.0 sends no answer of
more than 1,300 bytes over UDP. Without the trunk's headers, the shortest answer has 580 bytes. The names and proxies of
a real call add hundreds of bytes."""


def check_trunk(trunk: Trunk, config: SipConfig) -> Iterator[SipFinding]:
    """Yield the faults of one trunk."""
    yield from _conflicts(trunk, config)
    yield from _without_rule(trunk, config)
    yield from _open(trunk)
    yield from _timeouts(trunk)
    size = sum(len(f"{name}: {value}\r\n".encode()) for name, value in trunk.headers.items())
    if size > MAX_HEADERS:
        detail = f"headers adds {size} bytes to each answer, and livekit-sip sends at most 1,300 bytes over UDP"
        yield found("large_headers", detail, "shorten or remove the headers, or use TCP with the carrier")
    if trunk.krisp_enabled:
        yield _krisp()


def shared_numbers(one: Trunk, other: Trunk) -> list[str] | None:
    """Return the numbers for which both trunks would take the same call; None if the trunks do not conflict.

    An empty list means that both trunks take every number.
    """
    callers = [{normalized(number) for number in trunk.allowed_numbers} for trunk in (one, other)]
    if callers[0] and callers[1] and callers[0].isdisjoint(callers[1]):
        return None
    numbers = [{normalized(number) for number in trunk.numbers} for trunk in (one, other)]
    if not numbers[0] and not numbers[1]:
        return []
    return sorted(numbers[0] & numbers[1]) or None


def _conflicts(trunk: Trunk, config: SipConfig) -> Iterator[SipFinding]:
    """Yield only the conflicts with trunks earlier in the list, so that each pair of trunks is reported once."""
    for other in config.trunks:
        if other is trunk:
            return
        shared = shared_numbers(trunk, other)
        if shared is None:
            continue
        what = ", ".join(shared) if shared else "every number"
        todo = (
            "use one trunk for each number and tell calls apart by rules, or give the trunks different allowed_numbers"
        )
        yield found("conflicting_trunks", f"takes {what}, as trunk {label(other)} does", todo)


def _without_rule(trunk: Trunk, config: SipConfig) -> Iterator[SipFinding]:
    without = [number for number in trunk.numbers or [""] if not _ruled(number, trunk, config)]
    if without:
        numbers = ", ".join(without) if trunk.numbers else "the calls of this trunk"
        yield found("no_rule", f"no rule takes {numbers}", "create a rule that names this trunk in trunk_ids")


def _ruled(number: str, trunk: Trunk, config: SipConfig) -> bool:
    """Return True if a rule takes at least some calls to this number, for example only the calls of certain callers."""
    rules = [rule for rule in config.rules if not rule.trunk_ids or trunk.sip_trunk_id in rule.trunk_ids]
    if not number or any(not rule.numbers for rule in rules):
        return bool(rules)
    alone = SipConfig((trunk,), rules)
    callers = [caller for rule in rules for caller in rule.inbound_numbers]
    return any(match_call(alone, number, caller).rule is not None for caller in ["", *callers, *trunk.allowed_numbers])


def _open(trunk: Trunk) -> Iterator[SipFinding]:
    if trunk.allowed_addresses or trunk.auth_username or trunk.auth_password:
        return
    todo = "set allowed_addresses to your carrier's addresses, or auth_username and auth_password"
    if trunk.numbers:
        yield found("open_trunk", "has neither allowed_addresses nor a user name and password", todo)
    else:
        detail = "has neither numbers nor allowed_addresses nor a user name and password"
        yield found("open_trunk", detail, todo, severity="problem")


def _timeouts(trunk: Trunk) -> Iterator[SipFinding]:
    if not trunk.ringing_timeout.seconds:
        yield found("default_ringing_timeout", "sets no ringing_timeout", "set ringing_timeout, for example to 30s")
    if not trunk.max_call_duration.seconds:
        todo = "set max_call_duration, for example to 3600s"
        yield found("default_max_call_duration", "sets no max_call_duration", todo)
    if not trunk.media.media_timeout.seconds:
        todo = "set media.media_timeout if your callers put the agent on hold, for example to 60s"
        yield found("default_media_timeout", "sets no media.media_timeout", todo)


def _krisp() -> SipFinding:
    todo = "on LiveKit Cloud nothing; elsewhere remove krisp_enabled and denoise in the agent"
    return found("krisp_without_cloud", "sets krisp_enabled, which only LiveKit Cloud carries out", todo)
