"""Webhooks go to public addresses only, whatever the URL and the DNS say."""

import socket

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from offhook.webhooks.addresses import PrivateAddressError, PublicResolver, public
from offhook.webhooks.post import open_session, post

from .receiving import SECRET, Received, receiving

PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fd00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:224.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "127.1",
    "2130706433",
    "no address",
]


class Rebinding(AbstractResolver):
    """Gives a public address at first, and a private address from then on."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(hostname=host, host=one, port=port, family=socket.AF_INET, proto=0, flags=0) for one in found
        ]

    async def close(self) -> None:
        pass


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_known(address: str) -> None:
    assert not public(address)


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"]
)
def test_public_addresses_are_known(address: str) -> None:
    assert public(address)


async def test_of_a_name_only_the_public_addresses_are_used() -> None:
    resolver = PublicResolver(Rebinding(["127.0.0.1", "93.184.215.14"]))
    assert [one["host"] for one in await resolver.resolve("example.com", 443)] == ["93.184.215.14"]


async def test_a_name_that_becomes_private_is_refused() -> None:
    resolver = PublicResolver(Rebinding(["93.184.215.14"], ["127.0.0.1"]))
    await resolver.resolve("example.com", 443)
    with pytest.raises(PrivateAddressError):
        await resolver.resolve("example.com", 443)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "127.1", "2130706433", "[::ffff:127.0.0.1]", "127.0.0.1.", "0x7f.1"]
)
async def test_no_form_of_loopback_is_reached(host: str) -> None:
    async with receiving() as received, open_session(private=False) as session:
        receiver = Received(port=received.port).receiver()
        object.__setattr__(receiver, "url", f"http://{host}:{received.port}/hook")
        answer = await post(session, receiver, "msg_1", "{}", now=1.0, private=False)
    assert answer.error
    assert received.requests == []


async def test_the_setting_allows_private_addresses() -> None:
    async with receiving() as received, open_session(private=True) as session:
        answer = await post(session, received.receiver(), "msg_1", "{}", now=1.0, private=True)
    assert (answer.error, len(received.requests)) == ("", 1)
    assert SECRET not in str(received.requests)
