"""Hides secrets in the results of checks."""

from collections.abc import Callable, Collection, Iterator, Mapping
from urllib.parse import urlsplit

from pydantic import SecretStr

from offhook.settings import Settings

__all__ = ["redact_url", "redactor", "secrets_of"]

_SECRET_WORDS = ("KEY", "SECRET", "TOKEN", "PASSWORD", "PASSWD", "CREDENTIAL")
_MIN_LENGTH = 6
"""Minimum number of characters of a secret. Shorter values are not hidden, because normal text can contain them."""


def secrets_of(settings: Settings | None, environ: Mapping[str, str]) -> frozenset[str]:
    """Return every value to hide: the secrets in the settings, the values of environment variables with a name such as
    `…_KEY`, and the passwords in URLs.
    """
    return frozenset(value for value in _secrets(settings, environ) if len(value) >= _MIN_LENGTH)


def redactor(secrets: Collection[str]) -> Callable[[str], str]:
    """Return a function that hides these secrets in a text. The function also hides the `repr` form of a secret."""
    longest_first = sorted({form for secret in secrets for form in (secret, repr(secret)[1:-1])}, key=len, reverse=True)

    def hide(text: str) -> str:
        for secret in longest_first:
            text = text.replace(secret, "(hidden)")
        return text

    return hide


def redact_url(url: str) -> str:
    """Return the URL without user, password, query and fragment."""
    try:
        parts = urlsplit(url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address that cannot be read"
    return f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}"


def _secrets(settings: Settings | None, environ: Mapping[str, str]) -> Iterator[str]:
    for name, value in environ.items():
        if any(word in name.upper() for word in _SECRET_WORDS):
            yield value
        yield from _passwords(value)
    for field in Settings.model_fields if settings is not None else ():
        value = getattr(settings, field)
        if isinstance(value, SecretStr):
            yield value.get_secret_value()
    for key in (*settings.own_command_keys, *settings.own_api_keys) if settings is not None else ():
        yield key.secret.decode()


def _passwords(value: str) -> Iterator[str]:
    """Yield the userinfo (`user:password`) and the password of a URL, for example of a proxy URL."""
    if "://" not in value or "@" not in value:
        return
    userinfo = value.partition("://")[2].rpartition("@")[0]
    yield userinfo
    yield userinfo.partition(":")[2]
