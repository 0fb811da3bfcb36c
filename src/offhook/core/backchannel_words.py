"""Detects whether the caller's words are only a backchannel ("mhm", "okay", "I see"), in a few languages."""

import re
from collections.abc import Collection

__all__ = ["WORDS", "may_become_backchannel", "sounds_like_backchannel"]

WORDS = frozenset(
    {
        # English
        *("absolutely", "alright", "all right", "cool", "exactly", "fine", "gotcha", "got it", "great", "i see"),
        *("indeed", "k", "nice", "of course", "oh", "oh okay", "okay", "ok", "okey", "perfect", "right", "sure"),
        *("that's right", "true", "understood", "wow", "yea", "yeah", "yep", "yes", "yup"),
        # German
        *("aha", "ach", "ach so", "alles klar", "genau", "gut", "in ordnung", "ja", "jaja", "jo", "klar", "okee"),
        *("richtig", "stimmt", "super", "verstehe", "ich verstehe"),
        # French
        *(
            "d'accord",
            "entendu",
            "je vois",
            "ouais",
            "oui",
            "très bien",
            "tout à fait",
            "voilà",
            "c'est ça",
            "bien sûr",
        ),
        # Spanish
        *("ajá", "claro", "de acuerdo", "entiendo", "ya", "ya veo", "sí", "si", "vale", "muy bien", "perfecto"),
        # Italian
        *("certo", "capisco", "capito", "ho capito", "esatto", "giusto", "va bene", "d'accordo", "perfetto"),
        # Portuguese
        *("certo", "claro", "entendi", "está bem", "isso", "pois", "sim", "tá", "tá bom"),
        # Dutch and Scandinavian
        *("goed", "precies", "prima", "oké", "okej", "jaha", "just det", "precis", "nemlig"),
    }
)
"""Words and phrases that only show that a person is listening. "No", "stop" and "wait" are not in the list."""

_HUM = re.compile(r"(?:m+|h+m+|e+h*m+|u+h*m+|m+h+m*|u+h+|a+h+|o+h+|e+h+|a+h+a+|(?:h*u+h+)+|m+h+m+h*m*)")
"""A vocal sound that is not a word: "mm", "hmm", "uh-huh", "ah"."""
_REMARK = re.compile(r"\[[^\]]*\]|\([^)]*\)|<[^>]*>")
"""A remark that the STT adds to the transcript, such as "[laughter]"."""
LONGEST = 4
"""Maximum words in a backchannel. A longer text counts as a normal turn, even if each word is a backchannel."""


def sounds_like_backchannel(text: str, words: Collection[str] = WORDS) -> bool:
    """True if the caller said only backchannels. `words` are the words and phrases, in lower case, that count as
    backchannels.
    """
    said = _said(text)
    if not said:
        return bool(text.strip())  # a text of only remarks and punctuation counts as a backchannel
    return len(said) <= LONGEST and _only(said, words)


def may_become_backchannel(text: str, words: Collection[str] = WORDS) -> bool:
    """True if an interim transcript is a backchannel, or the beginning of one ("I" can become "I see")."""
    said = _said(text)
    return sounds_like_backchannel(text, words) or (len(said) <= LONGEST and _only(said, words, begun=True))


def _said(text: str) -> list[str]:
    """Return the words of the text in lower case, without remarks, hyphens and punctuation."""
    plain = _REMARK.sub(" ", text.casefold().replace("-", "").replace("\u2019", "'"))
    return re.findall(r"[^\W_]+(?:'[^\W_]+)*", plain)


def _only(said: list[str], words: Collection[str], *, begun: bool = False) -> bool:
    """True if `said` is a sequence of backchannels of up to three words each.

    With `begun`, the last backchannel may be incomplete.
    """
    if not said:
        return not begun
    if begun and any(word.startswith(" ".join(said) + " ") for word in words):
        return True
    for length in range(min(3, len(said)), 0, -1):
        first = " ".join(said[:length])
        if (first in words or (length == 1 and _HUM.fullmatch(first))) and _only(said[length:], words, begun=begun):
            return True
    return False
