"""Classifies the agent's last question. Only English questions are classified; any other question counts as open."""

import re
from typing import Literal

__all__ = ["Asked", "asked"]

Asked = Literal["nothing", "open", "yes_or_no", "dictation"]
"""What the agent asked: `yes_or_no`, `dictation` (a number, a date, an address, a spelling), `open` (any other
question) or `nothing`.
"""

_SENTENCE = re.compile(r"[^.!?\u3002\uff01\uff1f]+[.!?\u3002\uff01\uff1f]*")
_YES_OR_NO = re.compile(
    r"^\W*((and|so|okay|ok|great|thanks|thank you|then|now|well|sorry|just to confirm|to confirm)\W+)*"
    r"(am|are|can|could|did|do|does|has|have|is|may|might|shall|should|was|were|will|would)(n't)?\b"
)
_REQUEST = re.compile(r"\b(can|could|would|will|may) (you|i|we)\b")
_TAG = re.compile(r"\b(right|correct|okay|ok|yes or no|is that so)\W*\?\W*$")
_ALTERNATIVE = re.compile(r"\bor\b(?! not)")
_DICTATED = re.compile(
    r"\b(spell|spelling|number|digits?|e-?mail|post ?code|zip|address|date|birthday|born|code|pin|licen[cs]e plate"
    r"|reference|letter by letter)\b"
)


def asked(message: str) -> Asked:
    """Return what the last sentence of the agent's message asks for."""
    sentences = [one.strip() for one in _SENTENCE.findall(message.lower().replace("\u2019", "'")) if one.strip()]
    if not sentences:
        return "nothing"
    last = sentences[-1]
    requests = last.startswith(("please ", "tell me ", "give me ", "say "))
    if not last.rstrip("\"'\u201d ").endswith(("?", "\uff1f")) and not requests:
        return "nothing"
    closed = _YES_OR_NO.match(last) is not None and not _REQUEST.search(last) and not _ALTERNATIVE.search(last)
    if closed or _TAG.search(last):
        return "yes_or_no"
    return "dictation" if _DICTATED.search(last) else "open"
