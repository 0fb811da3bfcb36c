"""The first test of the guide: a stock agent, without keys and without setup."""

import os
import re
import subprocess
import sys
import time
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import offhook.testing.simulation  # noqa: F401  # pytester removes new modules, and numpy cannot be imported twice

pytestmark = pytest.mark.slow

pytest_plugins = ["pytester"]

GUIDE = Path(__file__).parents[3] / "docs" / "testing.md"
AGENT = Path(__file__).parents[3] / "agents" / "agent.py"
STOCK = Path(__file__).parent / "agents" / "stock.py"
# pytest finds an installed plugin by its entry point.
PLUGIN = () if "offhook" in {one.name for one in entry_points(group="pytest11")} else ("-p", "offhook.testing.plugin")


class Watch:
    """Measures the CPU time of the test itself, without imports and setup; a busy machine does not change it."""

    seconds = 0.0

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self):
        began = time.process_time()
        try:
            return (yield)
        finally:
            self.seconds = time.process_time() - began


def test_the_guides_test_of_a_stock_agent_passes_without_keys_in_seconds_of_the_processor(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.endswith("_API_KEY") or name.startswith(("OFFHOOK_", "LIVEKIT_"))]:
        monkeypatch.delenv(name)
    snippets = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    (test,) = [snippet for snippet in snippets if "restaurant.py" in snippet]
    pytester.path.joinpath("restaurant.py").write_text(STOCK.read_text())
    pytester.path.joinpath("test_agent.py").write_text(test)
    watch = Watch()
    run = pytester.runpytest_inprocess(*PLUGIN, "-p", "no:cacheprovider", plugins=[watch])
    run.assert_outcomes(passed=1)
    assert 0 < watch.seconds < 5


def test_a_simulated_call_starts_no_native_code(tmp_path: Path) -> None:
    program = (
        "from livekit.rtc._ffi_client import FfiClient\n"
        "from offhook.testing import simulate\n"
        f"print(simulate({str(AGENT)!r}).reason, FfiClient._instance)\n"
    )
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    assert ended.stdout.splitlines()[-1] == "silence None"
