"""Detects a goodbye in the agent's words, with a list of goodbye words of a few languages."""

import re

__all__ = ["sounds_like_goodbye"]

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
MIN_SHARE = 0.6
"""Text that has at least this share of the planned goodbye's words counts as the planned goodbye."""


def sounds_like_goodbye(said: str, planned: str) -> bool:
    """True if `said` has a goodbye word or repeats most of the planned goodbye."""
    words, planned_words = _words(said), _words(planned)
    if not words:
        return False
    if words & WORDS:
        return True
    return bool(planned_words) and len(words & planned_words) / len(planned_words) >= MIN_SHARE


def _words(text: str) -> set[str]:
    return set(re.findall(r"[\w'-]+", text.casefold()))
