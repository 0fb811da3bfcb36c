"""One fault of a trunk or of a rule."""

from dataclasses import dataclass

from offhook.checks.sip.codes import CODES, Severity

__all__ = ["SipFinding", "found"]


@dataclass(frozen=True, slots=True)
class SipFinding:
    """The fault, its effect on a caller, and what to do."""

    severity: Severity
    code: str
    detail: str
    caller: str
    todo: str


def found(code: str, detail: str, todo: str, *, severity: Severity | None = None) -> SipFinding:
    """Return a finding for this code. If `severity` is None, the finding has the severity of the code."""
    kind = CODES[code]
    return SipFinding(severity or kind.severity, code, detail, kind.caller, todo)
