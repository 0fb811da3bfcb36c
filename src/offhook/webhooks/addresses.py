"""Distinguishes public from private addresses. A webhook goes to a private address only if the settings allow this."""

import asyncio
import ipaddress
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult

__all__ = ["PrivateAddressError", "PublicResolver", "Resolver", "public"]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


class PrivateAddressError(OSError):
    """The host of a webhook receiver has only private addresses."""

    def __init__(self) -> None:
        super().__init__("the address is private; set OFFHOOK_WEBHOOKS_PRIVATE=1 to allow private addresses")


class Resolver(AbstractResolver):
    """Resolves a host in separate threads, so that a slow DNS server does not occupy the worker's other threads."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="offhook-dns")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of the host."""

        def look_up() -> list[ResolveResult]:
            found = socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
            return [
                ResolveResult(
                    hostname=host,
                    host=socket.getnameinfo(address, socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)[0],
                    port=port,
                    family=kind,
                    proto=protocol,
                    flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
                )
                for kind, _, protocol, _, address in found
            ]

        return await asyncio.get_running_loop().run_in_executor(self._threads, look_up)

    async def close(self) -> None:
        """Stop the threads. Do not wait for a lookup that is still running."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class PublicResolver(AbstractResolver):
    """Resolves a host to its public addresses.

    The client connects only to the addresses that this resolver returns. Therefore the client never uses a private
    address, even if the same name resolved to a public address before (DNS rebinding).
    """

    def __init__(self, inner: AbstractResolver | None = None) -> None:
        self._inner = inner or Resolver()

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
    """Return True if this is a public address. An IPv4 address inside an IPv6 address must also be public."""
    try:
        address: Address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return all(one.is_global and not one.is_multicast for one in _forms(address))


def _forms(address: Address) -> list[Address]:
    """Return the addresses to check: the address, and the IPv4 addresses that an IPv6 address contains. For an
    IPv4-mapped address, return only the IPv4 address.
    """
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
