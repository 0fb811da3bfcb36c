"""How a call is recorded, and how the caller consents to the recording."""

import math
import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from offhook.core.errors import PlanError

__all__ = ["Consent", "ConsentAnswer", "Recording", "answer_in", "bucket_url"]

ConsentAnswer = Literal["yes", "no"]

_YES = ("yes", "yeah", "yep", "yup", "sure", "ok", "okay", "certainly", "absolutely", "fine", "agreed", "agree",
        "ja", "jawohl", "gerne", "klar", "einverstanden", "oui", "si", "sí", "sim")  # fmt: skip
_NO = ("no", "nope", "nah", "not", "never", "don't", "dont", "refuse", "disagree",
       "nein", "nicht", "nee", "non", "pas", "não")  # fmt: skip
_BUCKETS = ("s3", "gs", "az")
_KEYS = "0123456789*#ABCD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """How the agent gets the caller's consent to the recording. Nothing is recorded before the consent.

    If `kind` is "question", the agent asks the `text`. The caller answers with a word of `yes` or `no`, or with the key
    `yes_key` or `no_key`. An answer that contains a word of `no` is a no, even if it also contains a word of `yes`. If
    no answer comes within `timeout` seconds after the question, the answer is no; offhook waits longer while the caller
    speaks. If the caller consents by key, the agent says `accepted`. After a no, the agent says `declined`. An empty
    `accepted` or `declined` is not said. If `kind` is "notice", the agent only says the `text`: a caller who stays in
    the call consents.
    """

    text: str = "May we record this call? Please say yes or no, or press 1 for yes or 2 for no."
    kind: Literal["question", "notice"] = "question"
    timeout: float = 10.0
    yes: tuple[str, ...] = field(default=_YES, repr=False)
    no: tuple[str, ...] = field(default=_NO, repr=False)
    yes_key: str = "1"
    no_key: str = "2"
    accepted: str = "Thank you."
    declined: str = "All right, this call is not recorded."

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise PlanError("Consent(text=…) is empty; give the words that the caller hears")
        if self.kind not in ("question", "notice"):
            raise PlanError(f"Consent(kind={self.kind!r}): use 'question' or 'notice'")
        if not (math.isfinite(self.timeout) and 1 <= self.timeout <= 120):
            raise PlanError(f"Consent(timeout={self.timeout!r}): give between 1 and 120 seconds")
        for name, key in (("yes_key", self.yes_key), ("no_key", self.no_key)):
            if key and (len(key) != 1 or key not in _KEYS):
                raise PlanError(f"Consent({name}={key!r}): give one key of {_KEYS}, or an empty text for none")
        if self.yes_key and self.yes_key == self.no_key:
            raise PlanError(f"Consent(yes_key=…, no_key=…) are both {self.yes_key!r}; give two keys")
        if not all(isinstance(words, tuple) and words for words in (self.yes, self.no)):
            raise PlanError("Consent(yes=…, no=…) take words in a tuple: yes=('yes', 'sure')")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Records the call as Ogg Opus: the caller is on the left channel, and the agent is on the right channel.

    `consent` is how the caller consents before the recording. If `consent` is None, the recording starts with the
    session: use None if the caller has consented elsewhere, or if no consent is needed.
    """

    consent: Consent | None = field(default_factory=Consent)


def answer_in(text: str, consent: Consent) -> ConsentAnswer | None:
    """Return the answer in the caller's words (`text`), or None. Words with both a yes and a no count as no."""
    words = set(re.findall(r"[\w']+", text.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")))
    if words & {word.casefold() for word in consent.no}:
        return "no"
    return "yes" if words & {word.casefold() for word in consent.yes} else None


def bucket_url(text: str) -> str:
    """Return this URL of a bucket or folder, without a slash at its end. Raises `ValueError` for any other text."""
    try:
        parts = urlsplit(text)
        host, secret = parts.hostname, parts.username or parts.password or parts.query or parts.fragment
    except ValueError:
        host, secret, parts = None, None, urlsplit("")
    if parts.scheme not in (*_BUCKETS, "file"):
        raise ValueError("must be s3://bucket/folder, gs://bucket/folder, az://container/folder or file:///folder")
    if secret:
        raise ValueError("must have no password and no options; put the credentials into the environment")
    if parts.scheme == "file" and (host or parts.path.strip("/") == ""):
        raise ValueError("must have an absolute path after file://, as in file:///srv/recordings")
    if parts.scheme != "file" and not host:
        raise ValueError(f"has no bucket; write it as in {parts.scheme}://bucket/folder")
    return text.rstrip("/")
