"""Patterns of a route condition: an exact value, or a prefix that ends with `*`."""

__all__ = ["candidates", "covers", "matches", "normalised"]

_SEPARATORS = str.maketrans("", "", " -().")
_SHORTEST = 7
"""A telephone number has at least this many digits. A number with fewer digits is an extension."""


def normalised(text: str) -> str:
    """Return a telephone number without separators, as LiveKit's trunks compare numbers: `1 (555) 010-0199` is
    `+15550100199`.

    A prefix (`+1555*`), an extension (`100`) and other text (`sales`) get no `+`.
    """
    plain = text.translate(_SEPARATORS)
    digits = plain.removeprefix("+").removesuffix("*")
    if not (digits.isascii() and digits.isdigit()):
        return text
    whole = not plain.startswith("+") and not plain.endswith("*") and len(digits) >= _SHORTEST
    return f"+{plain}" if whole else plain


def candidates(value: str) -> tuple[str, ...]:
    """Return a value of a call and its normalised form: a pattern may match either of them. For an empty value, return
    an empty tuple, so that no pattern matches.
    """
    return tuple(dict.fromkeys(filter(None, (value, normalised(value)))))


def matches(pattern: str, value: str) -> bool:
    """True if the value equals the pattern, or begins with the part of the pattern before the `*`."""
    return value.startswith(pattern[:-1]) if pattern.endswith("*") else value == pattern


def covers(pattern: str, other: str) -> bool:
    """True if the pattern matches everything that the other pattern matches."""
    return pattern == other or (pattern.endswith("*") and other.removesuffix("*").startswith(pattern[:-1]))
