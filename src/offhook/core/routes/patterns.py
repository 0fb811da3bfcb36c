"""Patterns of a route condition: an exact value, or a prefix that ends with `*`."""

__all__ = ["candidates", "covers", "matches", "normalised"]

_SEPARATORS = str.maketrans("", "", " -().")
_SHORTEST = 7
"""Digits of the shortest telephone number. Fewer digits are an extension."""


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
    """Return a value of a call and its normalised form: a pattern may match either. An empty value matches nothing."""
    return tuple(dict.fromkeys(filter(None, (value, normalised(value)))))


def matches(pattern: str, value: str) -> bool:
    """True if the value is the pattern, or begins with the part before the `*`."""
    return value.startswith(pattern[:-1]) if pattern.endswith("*") else value == pattern


def covers(pattern: str, other: str) -> bool:
    """True if the pattern matches everything that the other pattern matches."""
    return pattern == other or (pattern.endswith("*") and other.removesuffix("*").startswith(pattern[:-1]))
