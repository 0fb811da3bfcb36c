"""What every test needs, whatever machine it runs on."""

import gc
import os
import signal
from collections.abc import Iterator

import pytest
from tests.postgres_server import INSTALL, PostgresServer, find_postgres, postgres_server

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # A script's background job ignores it, and so would every program that a test starts and interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)


gc.disable()  # while the tests are imported: that makes hundreds of thousands of objects, and almost no garbage

pytest.register_assert_rewrite("tests.sip.scenarios")


def pytest_report_header() -> list[str]:
    return [] if find_postgres() else [f"THE TESTS WITH POSTGRESQL ARE SKIPPED: {INSTALL}"]


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """Let the garbage collector search only what the tests make, and not all modules again and again."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def no_proxy_to_ourselves() -> None:
    """Servers of the tests are on this machine: a proxy that leads to the outer world does not lead to them."""
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, [os.environ.get(name), "127.0.0.1,localhost"]))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL, one for all tests of this process. Only CI must have it."""
    programs = find_postgres()
    if programs is None:
        if os.environ.get("CI"):
            pytest.fail(INSTALL)
        pytest.skip(INSTALL)
    with postgres_server(programs) as server:
        yield server


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[str]:
    """The address of a new database."""
    with postgres.database() as address:
        yield address
