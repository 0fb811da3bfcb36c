"""Checks and decodes text from a SIP message: its length, its control characters and its %XX escapes."""

import re
import unicodedata
from urllib.parse import unquote_to_bytes

__all__ = ["decode", "fault_of"]

_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def fault_of(text: str, longest: int) -> str:
    """Return why this text is refused: the text is too long, or has control characters or half of a surrogate pair.
    Return "" for a good text.
    """
    if len(text) > longest:
        return f"{len(text)} characters are too many; at most {longest} are read"
    if any(unicodedata.category(one) in ("Cc", "Cs") for one in text):
        return "the text has control characters"
    return ""


def decode(text: str) -> tuple[str, str]:
    """Decode %XX escapes once. Return the decoded text and the fault; at least one of them is empty."""
    if _BAD_ESCAPE.search(text):
        return "", "a % is not followed by two hexadecimal digits"
    try:
        decoded = unquote_to_bytes(text).decode()
    except UnicodeError:
        return "", "the %XX escapes are not UTF-8"
    fault = fault_of(decoded, len(decoded))
    return ("", fault) if fault else (decoded, "")
