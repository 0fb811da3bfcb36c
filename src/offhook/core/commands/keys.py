"""The signing keys for commands. Each key has a role."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from offhook.core.commands.base import ROLES, Role

__all__ = ["CommandKey", "parse_keys"]

MIN_SECRET = 32


@dataclass(frozen=True, slots=True)
class CommandKey:
    """A key that signs commands. `role` limits the commands that the key may sign.

    The key with the name "" is not in the settings: offhook derives this key from the API secret.
    """

    name: str
    role: Role
    secret: bytes = field(repr=False)


def parse_keys(text: str) -> Sequence[CommandKey]:
    """Parse a list of signing keys such as `night-desk:operator:SECRET, dashboard:viewer:SECRET`.

    If an entry is wrong, raises `ValueError` with the number of the entry. The error never quotes a secret.
    """
    keys: dict[str, CommandKey] = {}
    for number, entry in enumerate((part.strip() for part in text.split(",") if part.strip()), 1):
        name, _, rest = entry.partition(":")
        role, _, secret = rest.partition(":")
        chosen = next((one for one in ROLES if one == role), None)
        if not name or chosen is None or len(secret) < MIN_SECRET:
            raise ValueError(
                f"entry {number} must be NAME:ROLE:SECRET, with a role of {', '.join(ROLES)} and a secret of at least "
                f"{MIN_SECRET} characters"
            )
        if name in keys:
            raise ValueError(f"entry {number} has the name {name!r} of an earlier entry; use each name once")
        keys[name] = CommandKey(name, chosen, secret.encode())
    return tuple(keys.values())
