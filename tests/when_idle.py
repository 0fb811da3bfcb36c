"""Runs pytest with the processor time that other programs leave: `python -m tests.when_idle ARGUMENTS OF PYTEST`.

On Linux, SCHED_IDLE alone is not enough: with autogroups (`man 7 sched`), the kernel first shares the time between the
sessions, and gives a session the same share no matter what its processes ask for. So the tests run in a session of
their own, whose group has the lowest priority. `timeout` passes a Ctrl-C on to this session.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

if sys.platform == "linux":
    os.setsid()
    with suppress(OSError):  # a kernel without autogroups
        Path("/proc/self/autogroup").write_text("19", encoding="ascii")
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
else:
    os.nice(19)
os.execv(sys.executable, [sys.executable, "-m", "pytest", *sys.argv[1:]])
