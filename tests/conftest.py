"""What every test needs, whatever machine it runs on."""

import os

import pytest


@pytest.fixture(scope="session", autouse=True)
def no_proxy_to_ourselves() -> None:
    """Servers of the tests are on this machine: a proxy that leads to the outer world does not lead to them."""
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, [os.environ.get(name), "127.0.0.1,localhost"]))
