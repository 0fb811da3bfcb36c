"""Runs LiveKit's worker, as `python -m livekit.agents` does, but first imports LiveKit and offhook, and forks the
forkserver from this process (see `early.py`).

`python -m offhook.worker start FILE` takes the same arguments as `python -m livekit.agents start FILE`.
"""

import runpy
import sys

from offhook.worker.early import start_forkserver

__all__: list[str] = []

if __name__ == "__main__":
    if sys.argv[1:2] == ["start"]:
        start_forkserver()
    runpy.run_module("livekit.agents", run_name="__main__", alter_sys=True)
