"""The pytest plugin: a fixture without start-up cost, and the call's timeline in the report of a failed test."""

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import offhook.testing.simulation  # noqa: F401  # pytester removes new modules, and numpy cannot be imported twice

pytestmark = pytest.mark.slow

pytest_plugins = ["pytester"]

DESK = Path(__file__).parents[3] / "agents" / "agent.py"
# pytest finds an installed plugin by its entry point.
PLUGIN = () if "offhook" in {one.name for one in entry_points(group="pytest11")} else ("-p", "offhook.testing.plugin")
TESTS = f"""
def test_that_fails(simulate):
    async def caller(call):
        await call.hears("front desk")
        await call.hangs_up()

    assert simulate({str(DESK)!r}, caller).reason == "silence"


def test_that_passes(simulate):
    assert simulate({str(DESK)!r}).reason == "silence"
"""


def test_a_test_that_fails_shows_its_calls_and_one_that_passes_does_not(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TESTS)
    run = pytester.runpytest_inprocess(*PLUGIN, "-p", "no:cacheprovider")
    run.assert_outcomes(passed=1, failed=1)
    text = run.stdout.str()
    assert text.count("simulated call 1") == 1
    assert "ended: caller_hung_up, client_initiated" in text


def test_a_relative_path_is_looked_for_from_the_root(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(simulate):\n    simulate('agents/none.py')\n")
    run = pytester.runpytest_inprocess(*PLUGIN, "-p", "no:cacheprovider")
    run.stdout.fnmatch_lines([f"*there is no agent file {pytester.path}/agents/none.py*"])


def test_the_plugin_loads_nothing_of_livekit() -> None:
    code = "import sys, offhook.testing.plugin; print([name for name in sys.modules if name.startswith('livekit')])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == "[]"


LOGS = f"""
import logging


def test_a_call(simulate):
    assert simulate({str(DESK)!r}).reason == "silence"


def test_after_it(caplog):
    logging.getLogger("offhook").error("card 4111 1111 1111 1111")
    assert "4111" in caplog.text
"""


def test_the_logs_of_a_test_after_a_call_are_not_masked(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(LOGS)
    run = pytester.runpytest_inprocess(*PLUGIN, "-p", "no:cacheprovider")
    run.assert_outcomes(passed=2)
