"""The pytest plugin: has the fixture `simulate`, and adds the timelines of simulated calls to a failed test's report.

pytest loads this module in every project that has offhook installed. Therefore the module imports the rest of offhook
only when a test needs it.
"""

import sys
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from offhook.testing.simulation.result import SimulatedCall

__all__ = ["pytest_runtest_makereport", "pytest_runtest_teardown", "simulate"]

_CALLS: pytest.StashKey[list[Any]] = pytest.StashKey()


@pytest.fixture
def simulate(request: pytest.FixtureRequest) -> "Callable[..., SimulatedCall]":
    """Simulate whole calls of an agent file in virtual time: `simulate("agents/agent.py", caller)`.

    A relative path starts at pytest's root directory. If the test fails, pytest's report shows the simulated calls.
    """
    from offhook.testing.simulation import simulate as run_simulation  # noqa: PLC0415  # only tests that simulate need the import

    calls: list[SimulatedCall] = []
    request.node.stash[_CALLS] = calls

    def simulate_from_root(agent: object, *script: Any, **options: Any) -> "SimulatedCall":
        path = request.config.rootpath / agent if isinstance(agent, str) else agent
        calls.append(run_simulation(path, *script, **options))  # type: ignore[arg-type]  # simulate checks the types
        return calls[-1]

    return simulate_from_root


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """If the test failed, add the timelines of the test's simulated calls to the report."""
    report = yield
    if report.when == "call" and report.failed:
        calls: list[Any] = item.stash.get(_CALLS, [])
        for number, call in enumerate(calls, 1):
            report.sections.append((f"simulated call {number}", call.timeline))
    return report


def pytest_runtest_teardown() -> None:
    """Stop the masking of personal data in pytest's log handlers, because all tests share these handlers."""
    if (logs := sys.modules.get("offhook.redaction.logs")) is not None:
        logs.unmask_logs()
