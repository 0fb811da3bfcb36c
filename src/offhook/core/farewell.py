"""Whether somebody has said goodbye already, in the words of a few languages."""

import re

__all__ = ["said_goodbye"]

WORDS = frozenset(
    {
        "bye",
        "goodbye",
        "farewell",
        "ciao",
        "arrivederci",
        "addio",
        "adiós",
        "adios",
        "chao",
        "revoir",
        "adieu",
        "salut",
        "tschüss",
        "tschüs",
        "wiedersehen",
        "wiederhören",
        "servus",
        "adeus",
        "tchau",
        "doei",
        "hejdå",
        "farvel",
        "zobaczenia",
        "viszlát",
    }
)
ENOUGH = 0.6
"""The share of our goodbye's words that make another sentence the same goodbye."""


def said_goodbye(said: str, planned: str) -> bool:
    """Whether these words say goodbye, or say what was planned to be said."""
    words, wanted = _words(said), _words(planned)
    if not words:
        return False
    return bool(words & WORDS) or (bool(wanted) and len(words & wanted) / len(wanted) >= ENOUGH)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[\w'-]+", text.casefold()))
