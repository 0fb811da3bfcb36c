"""Checks whether a participant can be the caller, and reads the SIP data of a phone."""

from dataclasses import replace

from livekit import rtc

from offhook.core.call import Caller
from offhook.core.facts import CallerFound
from offhook.core.sip.read import read_sip
from offhook.core.sip.sip_facts import SipFacts

__all__ = [
    "STATUS",
    "caller_found",
    "caller_of",
    "can_be_caller",
    "disconnect_text",
    "is_other_call",
    "sip_of",
    "status_of",
]

STATUS = "sip.callStatus"
_CALL = "sip.callID"
_ON_BEHALF = "lk.publish_on_behalf"
_SIP = rtc.ParticipantKind.PARTICIPANT_KIND_SIP
_BY_KIND = (_SIP, rtc.ParticipantKind.PARTICIPANT_KIND_CONNECTOR)
"""The server creates participants of these kinds for people on another network, such as the telephone network. These
participants can be the caller even without the permission to publish.
"""


def caller_of(participant: rtc.Participant) -> Caller:
    """Return the identity, the number and the attributes of a participant that is the caller.

    `sip.*` attributes are reliable only on a phone. The `sip.*` attributes of other participants are left out, because
    anybody may have set these attributes.
    """
    attributes, phone = dict(participant.attributes), participant.kind == _SIP
    if not phone:
        attributes = {name: value for name, value in attributes.items() if not name.startswith("sip.")}
    return Caller(
        identity=participant.identity,
        kind="phone" if phone else "web",
        name=participant.name,
        number=attributes.get("sip.phoneNumber", ""),
        dialled=attributes.get("sip.trunkPhoneNumber", ""),
        attributes=attributes,
    )


def sip_of(participant: rtc.Participant) -> SipFacts | None:
    """Return the SIP data of a phone's call; None for other participants, even if they have `sip.*` attributes."""
    return read_sip(participant.attributes) if participant.kind == _SIP else None


def caller_found(participant: rtc.Participant) -> CallerFound:
    """Return the fact `CallerFound` for the participant who is the caller."""
    caller, active = caller_of(participant), status_of(participant) == "active"
    found = CallerFound(caller.identity, caller.kind == "phone", active, name=caller.name, number=caller.number)
    if (sip := sip_of(participant)) is None:
        return found
    if sip.direction == "unknown":
        return found
    ours = sip.dialled if sip.direction == "inbound" else sip.caller
    return replace(
        found,
        direction=sip.direction,
        trunk_number=(ours.number or ours.user) if ours else "",
        trunk=sip.trunk or "",
        rule=sip.rule or "",
        sip_call=sip.call_id or "",
        status=sip.status or "",
        full_sip_call=sip.full_call_id or "",
    )


def status_of(participant: rtc.Participant) -> str:
    """Return the SIP call status of a phone, or "active" for any other participant."""
    return participant.attributes.get(STATUS, "active") if participant.kind == _SIP else "active"


def is_other_call(caller: rtc.Participant, participant: rtc.Participant) -> bool:
    """True if this participant has another SIP call id than the caller.

    The identity cannot tell two phone calls apart, because all callers with a hidden number may have the same identity.
    """
    calls = {one.attributes.get(_CALL, "") for one in (caller, participant) if one.kind == _SIP}
    return len(calls - {""}) > 1


def can_be_caller(participant: rtc.Participant) -> bool:
    """True if this participant can be the caller: a phone, a connector, or a standard participant that may publish and
    is not hidden.

    A standard participant can also be the caller if the server has sent no permissions. A participant that publishes on
    behalf of another participant cannot be the caller.
    """
    if _ON_BEHALF in participant.attributes:
        return False
    if participant.kind != rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD:
        return participant.kind in _BY_KIND
    rights = participant.permissions
    return (rights.can_publish and not rights.hidden) or not rights.ByteSize()


def disconnect_text(reason: rtc.DisconnectReason.ValueType | None) -> str:
    """Return the name of LiveKit's disconnect reason in lower case, such as client_initiated."""
    return rtc.DisconnectReason.Name(reason or rtc.DisconnectReason.UNKNOWN_REASON).lower()
