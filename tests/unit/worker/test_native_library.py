"""LiveKit's native library runs in an idle job process before its call arrives."""

import subprocess
import sys

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="the test reads the names of the threads in /proc"),
]

PROGRAM = """
from pathlib import Path
from livekit import rtc
from livekit.agents import JobExecutorType, JobProcess
from offhook.worker.prewarm import Prewarm

def threads():
    return {task.name for task in Path("/proc/self/task").iterdir() if "tokio" in (task / "comm").read_text()}

before = threads()
Prewarm()(JobProcess(executor_type=JobExecutorType.PROCESS, user_arguments=None, http_proxy=None))
idle = threads()
source = rtc.AudioSource(24_000, 1, queue_size_ms=0, loop=object())
print(len(before), len(idle) > 0, threads() == idle)
"""


def test_a_call_uses_the_threads_that_the_idle_job_process_started() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, timeout=100)
    assert done.stdout.split() == ["0", "True", "True"], done.stderr
