"""The address of a PostgreSQL database. The address contains a password, so messages show only a part of it."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

__all__ = ["PostgresAddress", "names_postgres", "parse_postgres"]

_SCHEMES = ("postgresql", "postgres")
_LEAST = 4
"""A password with fewer characters is not replaced in texts, because the texts would become unreadable."""


@dataclass(frozen=True, slots=True)
class PostgresAddress:
    """The address of a database. `dsn` has the password; `shown` has only the scheme, the host and the name of the
    database.
    """

    dsn: str = field(repr=False)
    shown: str
    _secrets: tuple[str, ...] = field(default=(), repr=False)

    def hide(self, text: str) -> str:
        """Return the text without the address and without the password."""
        for secret in (self.dsn, *self._secrets):
            text = text.replace(secret, "(hidden)")
        return text


def names_postgres(text: str) -> bool:
    """Return True if the text looks like the address of a PostgreSQL database, even if a slash is missing or the scheme
    has capital letters.
    """
    return text.lower().startswith(tuple(f"{scheme}:" for scheme in _SCHEMES))


def parse_postgres(text: str) -> PostgresAddress:
    """Parse an address such as `postgresql://user:password@host:port/database`.

    Raises `ValueError` for any other text. The error does not quote the text.
    """
    example = "write postgresql://user:password@host:5432/database"
    if not text.startswith(tuple(f"{scheme}://" for scheme in _SCHEMES)):
        raise ValueError(f"is not the address of a PostgreSQL database; {example}")
    try:
        parts = urlsplit(text)
    except ValueError:
        raise ValueError(f"has a host that cannot be read; {example}") from None
    user, _, hosts = parts.netloc.rpartition("@")
    if "@" in parts.path + parts.query + parts.fragment:
        raise ValueError("has an @ / ? or # in the password or in an option; write them as %40 %2F %3F %23")
    if parts.fragment:
        raise ValueError("has a #; write it as %23")
    for host in hosts.split(","):
        port = host.rpartition(":")[2] if ":" in host.rpartition("]")[2] else ""
        if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
            raise ValueError(f"has a port that is not a number from 1 to 65535; {example}")
    password = user.partition(":")[2]
    secrets = (password, unquote(password), *parse_qs(parts.query).get("password", ()))
    hidden = tuple(one for one in secrets if len(one) >= _LEAST)
    return PostgresAddress(text, f"postgresql://{hosts}{parts.path}", hidden)
