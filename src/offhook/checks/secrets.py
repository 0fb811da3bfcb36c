"""Keeps secrets out of whatever a check says."""

from collections.abc import Callable, Collection, Iterator, Mapping
from urllib.parse import urlsplit

from pydantic import SecretStr

from offhook.settings import Settings

__all__ = ["hider", "secrets_of", "shown"]

_TELLING = ("KEY", "SECRET", "TOKEN", "PASSWORD", "PASSWD", "CREDENTIAL")
_SHORT = 6
"""Shorter values are no secrets, and taking them out would make words unreadable."""


def secrets_of(settings: Settings | None, environ: Mapping[str, str]) -> frozenset[str]:
    """Every value that must not be shown: keys of the settings, and what the environment calls a secret."""
    return frozenset(value for value in _secrets(settings, environ) if len(value) >= _SHORT)


def hider(secrets: Collection[str]) -> Callable[[str], str]:
    """A function that takes these out of a text, also where a text quotes them as Python does."""
    longest_first = sorted({form for secret in secrets for form in (secret, repr(secret)[1:-1])}, key=len, reverse=True)

    def hide(text: str) -> str:
        for secret in longest_first:
            text = text.replace(secret, "(hidden)")
        return text

    return hide


def shown(url: str) -> str:
    """An address as it may be shown: without user, password, query and fragment."""
    try:
        parts = urlsplit(url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address that cannot be read"
    return f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}"


def _secrets(settings: Settings | None, environ: Mapping[str, str]) -> Iterator[str]:
    for name, value in environ.items():
        if any(word in name.upper() for word in _TELLING):
            yield value
        yield from _passwords(value)
    for field in Settings.model_fields if settings is not None else ():
        value = getattr(settings, field)
        if isinstance(value, SecretStr):
            yield value.get_secret_value()


def _passwords(value: str) -> Iterator[str]:
    """The password in an address such as a proxy's."""
    if "://" not in value or "@" not in value:
        return
    userinfo = value.partition("://")[2].rpartition("@")[0]
    yield userinfo
    yield userinfo.partition(":")[2]
