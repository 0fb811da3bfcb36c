"""The SIP configuration of a server: its inbound trunks and dispatch rules, in the format of LiveKit's API and `lk`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import Message
from livekit.protocol.sip import SIPDispatchRuleInfo, SIPInboundTrunkInfo

from offhook.core.errors import SettingsError

__all__ = ["Rule", "SipConfig", "Trunk", "kind_of", "label", "load_config", "parse_config", "pin_of"]

Trunk = SIPInboundTrunkInfo
Rule = SIPDispatchRuleInfo
M = TypeVar("M", bound=Message)

KEYS: Final = ("inbound_trunks", "dispatch_rules", "agents")
EXAMPLE: Final = '{"inbound_trunks": […], "dispatch_rules": […], "agents": ["front-desk"]}'


@dataclass(frozen=True, slots=True)
class SipConfig:
    """The configuration that decides where an inbound call goes. `agents` contains the agent names of the workers, or
    is None if the names are not known.
    """

    trunks: Sequence[Trunk]
    rules: Sequence[Rule]
    agents: frozenset[str] | None = None

    def trunk(self, trunk_id: str) -> Trunk | None:
        """Return the trunk with this id."""
        return next((one for one in self.trunks if one.sip_trunk_id == trunk_id), None)


def load_config(path: Path) -> SipConfig:
    """Return the SIP configuration in a JSON file. Raise `SettingsError` if the file has none."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read ({error}); name a UTF-8 file like {EXAMPLE}") from None
    try:
        return parse_config(text)
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from None


def parse_config(text: str) -> SipConfig:
    """Return the SIP configuration in a JSON text. The text uses LiveKit's field names, in snake case or camel case."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"this is not JSON ({error}); write {EXAMPLE}") from None
    if not isinstance(data, dict):
        raise SettingsError(f"this is not a JSON object; write {EXAMPLE}")
    unknown = sorted(set(data) - set(KEYS))
    if unknown:
        raise SettingsError(f"{unknown[0]!r} is not one of {', '.join(KEYS)}; write {EXAMPLE}")
    trunks, rules = _messages(data, "inbound_trunks", Trunk), _messages(data, "dispatch_rules", Rule)
    return SipConfig(
        _with_ids(trunks, "sip_trunk_id", "ST"), _with_ids(rules, "sip_dispatch_rule_id", "SDR"), _agents(data)
    )


def label(one: Trunk | Rule) -> str:
    """Return the name and the id in a form for the user, such as `"desk" (ST_1)`."""
    name, own_id = one.name, one.sip_trunk_id if isinstance(one, SIPInboundTrunkInfo) else one.sip_dispatch_rule_id
    return f'"{name}" ({own_id})' if name else str(own_id)


def kind_of(rule: Rule) -> str:
    """Return the kind of the rule: "direct", "individual" or "callee"; "none" if the rule has no kind."""
    return (rule.rule.WhichOneof("rule") or "none").removeprefix("dispatch_rule_")


def pin_of(rule: Rule) -> str:
    """Return the PIN that callers must press; "" if the rule has no PIN."""
    kind = rule.rule.WhichOneof("rule")
    return str(getattr(rule.rule, kind).pin) if kind else ""


def _messages(data: Mapping[str, object], key: str, kind: type[M]) -> list[M]:
    given = data.get(key, [])
    if not isinstance(given, list):
        raise SettingsError(f"{key} is not a list; write {EXAMPLE}")
    read: list[M] = []
    for number, one in enumerate(given, 1):
        if not isinstance(one, dict):
            raise SettingsError(f"{key}, entry {number}, is not a JSON object; write it as `lk sip … list --json` does")
        try:
            read.append(ParseDict(one, kind()))
        except (ParseError, ValueError, RecursionError) as error:
            why = str(error).partition("\n")[0]
            raise SettingsError(f"{key}, entry {number}: {why}; the field names are LiveKit's") from None
    return read


def _with_ids(messages: list[M], field: str, prefix: str) -> Sequence[M]:
    """Give an id to each trunk or rule that has no id, so that commands and findings can name the trunk or rule."""
    for number, one in enumerate(messages, 1):
        if not getattr(one, field):
            setattr(one, field, f"{prefix}_{number}")
    return tuple(messages)


def _agents(data: Mapping[str, object]) -> frozenset[str] | None:
    given = data.get("agents")
    if given is None:
        return None
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise SettingsError(f"agents is not a list of names; write {EXAMPLE}")
    return frozenset(given)
