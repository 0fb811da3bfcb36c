"""Measures how long `offhook --help` takes, and checks that the command does not import livekit.agents."""

import subprocess
import sys
import time

from bench.stage import Stage, tell
from bench.stats import Figure, Goal

__all__ = ["measure"]

_TIMES = 10
_LOADED = """
import sys
from offhook.cli.main import main
sys.argv = ["offhook", "--help"]
try:
    main()
finally:
    print("livekit.agents" in sys.modules, file=sys.stderr)
"""


def measure(stage: Stage, _n: int) -> list[Figure]:
    """Return the times of ten runs in new processes, and whether the command imports livekit.agents. One earlier run
    fills the caches and is not counted.
    """
    tell(f"help: {_TIMES} times")
    environ = dict(stage.environ)
    took: list[float] = []
    for _ in range(_TIMES + 1):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "offhook", "--help"], env=environ, check=True, capture_output=True)
        took.append((time.perf_counter() - began) * 1000)
    probe = subprocess.run([sys.executable, "-c", _LOADED], env=environ, check=True, capture_output=True, text=True)
    loaded = float(probe.stderr.split()[-1] == "True")
    return [
        Figure("help_ms", took[1:], Goal(250), wanted=_TIMES),
        Figure("help_imports_livekit_agents", [loaded], Goal(0, "max", text="never")),
    ]
