"""Finds out why an attempt to dial failed, from the error that LiveKit's server returned."""

from collections.abc import Mapping

from offhook.core.dial import DialOutcome

__all__ = ["outcome_of"]

_BY_CODE: Mapping[int, DialOutcome] = {
    404: "unreachable",
    408: "no_answer",
    410: "unreachable",
    480: "no_answer",
    484: "unreachable",
    486: "busy",
    600: "busy",
    604: "unreachable",
}
_HINTS: Mapping[str, str] = {
    "not_found": "does this outbound trunk exist?",
    "unauthenticated": "does the worker have the API key of this server?",
    "permission_denied": "may this API key make SIP calls?",
    "failed_precondition": "are the name and password of the trunk right?",
    "unimplemented": "does this server have a SIP service?",
    "unavailable": "is the SIP service running?",
}


def outcome_of(error: str, message: str, *, code: int, phrase: str = "", rang: bool) -> tuple[DialOutcome, str]:
    """Return the outcome, and a text that explains the outcome. `error` is the server's error code, and `code` is the
    final SIP code or 0.

    LiveKit's server returns the same error in two cases: nobody answers the phone, or the SIP host does not answer. The
    phone rang (`rang`) only in the first case.
    """
    if code:
        other: DialOutcome = "unreachable" if 500 <= code < 600 else "declined"
        return _BY_CODE.get(code, other), f"SIP {code} {phrase}".rstrip()
    if error in ("canceled", "deadline_exceeded"):
        if rang:
            return "no_answer", "nobody answered within the ringing time"
        return "unreachable", "no phone rang: the SIP host of the trunk does not answer"
    text = message.removeprefix("twirp error unknown: ")
    return "failed", f"the server refused to dial ({error}): {text}; {_HINTS.get(error, 'look at the SIP service')}"
