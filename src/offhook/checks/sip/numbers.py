"""Brings telephone numbers into a common form, as livekit-server does before it compares the numbers of a trunk."""

import re
from typing import Final

__all__ = ["is_e164", "normalized"]

_NUMBER: Final = re.compile(r"\+?[0-9\- ()]+")
_E164: Final = re.compile(r"\+[1-9][0-9]{1,14}")


def normalized(number: str) -> str:
    """Return a telephone number as "+" and its digits. Any other text, such as a name in a SIP address, is returned
    unchanged.

    livekit-server 1.13.5 normalizes the numbers of trunks in the same way, but not the numbers of rules.
    """
    if not _NUMBER.fullmatch(number):
        return number
    return "+" + re.sub(r"[^0-9]", "", number)


def is_e164(number: str) -> bool:
    """Return True for a number such as +15550001111."""
    return _E164.fullmatch(number) is not None
