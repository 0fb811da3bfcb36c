"""The pytest plugin: the fixture `simulate`, and the picture of the call under a test that failed.

It is loaded in every project that has offhook installed, so it imports nothing before a test asks for it.
"""

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from offhook.testing.simulation.result import SimulatedCall

__all__ = ["pytest_runtest_makereport", "simulate"]

_CALLS: pytest.StashKey[list[Any]] = pytest.StashKey()


@pytest.fixture
def simulate(request: pytest.FixtureRequest) -> "Callable[..., SimulatedCall]":
    """Simulate whole calls of an agent file in virtual time: `simulate("agents/agent.py", caller)`.

    A relative path is looked for from pytest's root directory; a call of a test that fails is printed.
    """
    from offhook.testing.simulation import simulate as simulated  # noqa: PLC0415  # paid for by tests that use it

    calls: list[SimulatedCall] = []
    request.node.stash[_CALLS] = calls

    def play(agent: object, *script: Any, **options: Any) -> "SimulatedCall":
        place = request.config.rootpath / agent if isinstance(agent, str) else agent
        calls.append(simulated(place, *script, **options))  # type: ignore[arg-type]  # simulate says what is wrong
        return calls[-1]

    return play


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the calls of a test that failed."""
    report = yield
    if report.when == "call" and report.failed:
        calls: list[Any] = item.stash.get(_CALLS, [])
        for number, call in enumerate(calls, 1):
            report.sections.append((f"simulated call {number}", call.timeline))
    return report
