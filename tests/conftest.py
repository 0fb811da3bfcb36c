"""What every test needs, whatever machine it runs on."""

import os
import signal

import pytest

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # A script's background job ignores it, and so would every program that a test starts and interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)


pytest.register_assert_rewrite("tests.sip.scenarios")


@pytest.fixture(scope="session", autouse=True)
def no_proxy_to_ourselves() -> None:
    """Servers of the tests are on this machine: a proxy that leads to the outer world does not lead to them."""
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, [os.environ.get(name), "127.0.0.1,localhost"]))
