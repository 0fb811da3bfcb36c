"""Prepares the forkserver, from which LiveKit forks the job processes. No other process imports this module.

Job processes ignore SIGTERM and SIGINT. The worker's main process handles these signals and ends the calls properly.
LiveKit has a guard against signals too. In livekit-agents 1.8.9, that guard has no effect: it checks the name of the
process at import, and the forkserver, not the job, imports the guard's module. Without a guard, a SIGTERM to the
process group (systemd's default) ends every call without a goodbye.
"""

import offhook.session.tools
import offhook.worker.first_use
import offhook.worker.run_call
import offhook.worker.serve  # noqa: F401  # these are imported once and shared by all jobs; an agent's file needs them
from offhook.worker.signals import ignore_signals

__all__: list[str] = []

ignore_signals()
