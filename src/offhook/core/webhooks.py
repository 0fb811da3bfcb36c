"""The webhooks of calls: which fact causes which event, and who receives the events."""

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

__all__ = ["CALLER", "EVENTS", "Event", "Message", "Receiver", "messages", "new_secret", "parse_receivers"]

CALLER = "caller-number"
"""If a receiver's entry in the setting `OFFHOOK_WEBHOOKS` contains this word, the receiver gets the caller's number
unmasked.
"""
_PREFIX = "whsec_"
_LEAST, _MOST = 24, 64
"""The smallest and the largest number of bytes of a signing secret, from the Standard Webhooks specification."""


@dataclass(frozen=True, slots=True)
class Event:
    """A webhook event. A record of the fact named `fact` causes the event if the record's body has all values of
    `where`.

    With `once`, the event is sent only once for each call, even if the fact is recorded again.
    """

    name: str
    fact: str
    where: Mapping[str, object] = field(default_factory=dict)
    once: bool = True


EVENTS: Sequence[Event] = (
    Event("call.started", "CallerFound"),
    Event("call.analysed", "CallAnalysed", where={"error": ""}, once=False),  # sent again after `offhook analyse`
    Event("call.recording", "RecordingStored"),
    Event("call.failed", "Ended", where={"reason": "error"}),
    Event("call.ended", "Ended"),
    Event("call.transcript", "Ended"),  # sent last, because a receiver may refuse a long transcript
)
"""All events. The events of one fact are sent in this order."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """A receiver of webhooks. The URL may contain a password or a token, so logs and journals do not contain the URL.

    `name` is the host and a part of the URL's hash. With several `secrets`, each message has one signature for each
    secret.
    """

    name: str
    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    events: tuple[str, ...]
    caller_number: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """One event for one receiver. The `id` is the same at each attempt to send the message, so that the
    receiver can drop repetitions.
    """

    id: str
    receiver: str
    event: str


def messages(
    receivers: Sequence[Receiver], name: str, body: Mapping[str, Any], *, call: str, seq: int
) -> Iterator[Message]:
    """Return the messages that the record of the fact `name` causes."""
    for event in EVENTS:
        if event.fact != name or any(body.get(key) != value for key, value in event.where.items()):
            continue
        key = "\n".join((call, event.name, "" if event.once else str(seq)))
        identity = f"msg_{hashlib.sha256(key.encode(errors='replace')).hexdigest()[:32]}"
        for receiver in receivers:
            if event.name in receiver.events:
                yield Message(identity, receiver.name, event.name)


def new_secret(random: bytes) -> str:
    """Return a signing secret made from these random bytes."""
    return _PREFIX + base64.b64encode(random).decode()


def parse_receivers(text: str, *, private: bool = False) -> Sequence[Receiver]:
    """Return the receivers in a list such as `https://example.com/hook whsec_… call.ended; https://…`.

    Raises `ValueError` with the number of the wrong entry. The error quotes no secret and no URL. Without `private`,
    every URL must start with https://.
    """
    receivers: dict[str, Receiver] = {}
    for number, entry in enumerate((part.split() for part in text.split(";") if part.strip()), 1):
        try:
            receiver = _parse(entry[0], entry[1:], private=private)
        except ValueError as error:
            raise ValueError(f"entry {number} {error}") from None
        if receiver.name in receivers:
            raise ValueError(f"entry {number} has the URL of an earlier entry; use each URL once")
        receivers[receiver.name] = receiver
    return tuple(receivers.values())


def _parse(url: str, words: Sequence[str], *, private: bool) -> Receiver:
    host = _host(url, private=private)
    secrets = tuple(word for word in words if word.startswith(_PREFIX))
    for secret in secrets:
        _check_secret(secret)
    if not secrets:
        raise ValueError("has no secret; add one after the URL (make one with: offhook webhooks new-secret)")
    known = tuple(event.name for event in EVENTS)
    wanted = {one for word in words if word not in secrets for one in word.split(",") if one}
    caller_number = CALLER in wanted
    wanted.discard(CALLER)
    if unknown := sorted(wanted - set(known)):
        if any(len(word) >= _LEAST for word in unknown):  # the word may be a secret without its prefix: do not show it
            raise ValueError(f"has a word that is not an event; a secret starts with {_PREFIX}")
        raise ValueError(f"has {unknown[0]!r}, which is not an event; the events are {', '.join(known)}")
    name = f"{host}-{hashlib.sha256(url.encode()).hexdigest()[:8]}"
    return Receiver(name, url, secrets, tuple(one for one in known if not wanted or one in wanted), caller_number)


def _host(url: str, *, private: bool) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("https", "http"):
        raise ValueError("must start with a URL such as https://example.com/webhooks")
    if parts.scheme == "http" and not private:
        raise ValueError("must start with https:// (http:// needs OFFHOOK_WEBHOOKS_PRIVATE=1)")
    return host


def _check_secret(secret: str) -> None:
    try:
        size = len(base64.b64decode(secret.removeprefix(_PREFIX), validate=True))
    except binascii.Error:
        size = 0
    if not _LEAST <= size <= _MOST:
        raise ValueError(
            f"has a secret that is not {_PREFIX} and base64 of {_LEAST} to {_MOST} bytes "
            "(make one with: offhook webhooks new-secret)"
        )
