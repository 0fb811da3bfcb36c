"""Decides to which addresses a webhook may go: to public ones, and to private ones only if the settings allow it."""

import ipaddress
import socket
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

__all__ = ["PrivateAddressError", "PublicResolver", "public"]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


class PrivateAddressError(OSError):
    """The host of a receiver has only private addresses."""

    def __init__(self) -> None:
        super().__init__("the address is private; set OFFHOOK_WEBHOOKS_PRIVATE=1 to allow private addresses")


class PublicResolver(AbstractResolver):
    """Resolves a host to its public addresses.

    The client connects to the addresses that this resolver returns and to no others. Therefore a name that resolves to
    a public address first and to a private address later (DNS rebinding) leads to no private address.
    """

    def __init__(self, inner: AbstractResolver | None = None) -> None:
        self._inner = inner or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the public addresses. Raises `PrivateAddressError` if all addresses are private."""
        found = [one for one in await self._inner.resolve(host, port, family) if public(one["host"])]
        if not found:
            raise PrivateAddressError
        return found

    async def close(self) -> None:
        await self._inner.close()


def public(text: str) -> bool:
    """Return True if this is the address of a host on the public internet, also inside an IPv6 form of IPv4."""
    try:
        address: Address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return all(one.is_global and not one.is_multicast for one in _forms(address))


def _forms(address: Address) -> list[Address]:
    """Return the address and the IPv4 addresses inside it."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    inside: list[Address] = [address]
    if address.sixtofour is not None:
        inside.append(address.sixtofour)
    if address.teredo is not None:
        inside += address.teredo
    if address in _NAT64:
        inside.append(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
    return inside
