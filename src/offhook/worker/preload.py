"""Imported once by the forkserver that job processes are forked from, and by nobody else.

Signals go to the worker's main process, which ends calls properly. LiveKit installs this guard too, but where it no
longer runs: livekit-agents 1.8.9 imports the module that holds it in the forkserver, before the jobs are named. Without
it, a SIGTERM to the process group (systemd's default) cuts every call without a word.
"""

import signal

import offhook.worker.entry  # noqa: F401  # shared by all jobs instead of imported by each

__all__: list[str] = []

signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGINT, signal.SIG_IGN)
